frappe.ui.form.on("SPM Settings", {
	refresh(frm) {
		show_tier_preview(frm);
	},
});

/** What another method or other limits would do to everybody's tier, before they are saved. */
function show_tier_preview(frm) {
	const wrapper = frm.get_field("tier_preview_html")?.$wrapper;
	if (!wrapper) return;
	wrapper.empty();
	if (!frappe.model.can_write("SPM Tier Rule")) return;
	$(`<button type="button" class="btn btn-default btn-sm">${__("Preview of the Tiers")}</button>`)
		.appendTo(wrapper)
		.on("click", () =>
			sales_crm_pm.ui.preview_tiers({ settings: frm.doc }, frm.is_dirty() ? () => frm.save() : null)
		);
	$(`<a class="btn btn-link btn-sm" href="${frappe.utils.get_form_link("SPM Tier Rule", "").replace(/\/$/, "")}">${__(
		"Tier Rules"
	)}</a>`).appendTo(wrapper);
}
