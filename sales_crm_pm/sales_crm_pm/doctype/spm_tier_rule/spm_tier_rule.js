frappe.ui.form.on("SPM Tier Rule", {
	refresh(frm) {
		show_conditions(frm);
		if (!frm.perm[0].write) return;
		frm.add_custom_button(__("Preview"), () => preview(frm));
		if (frm.is_new()) {
			frm.set_intro(
				__("Preview shows who would move to which tier and why, before anything is saved."),
				"blue"
			);
		}
	},
	effect(frm) {
		if (frm.doc.effect === "Tier") frm.set_value("points", 0);
		else frm.set_value("tier", "");
	},
});

/** The framework's own filter control, so that every field of a customer can be asked about without code. */
function show_conditions(frm) {
	const wrapper = frm.get_field("conditions_html").$wrapper.empty();
	const filters = read(frm);
	if (!frm.perm[0].write) {
		wrapper.html(`<ul>${filters.map((row) => `<li>${in_words(row)}</li>`).join("")}</ul>`);
		return;
	}
	frappe.model.with_doctype("SPM Customer", () => {
		const group = new frappe.ui.FilterGroup({
			parent: wrapper,
			doctype: "SPM Customer",
			on_change: () => {
				const chosen = JSON.stringify(group.get_filters().map((row) => row.slice(0, 4)));
				if (chosen !== JSON.stringify(read(frm))) frm.set_value("conditions", chosen);
			},
		});
		group.add_filters_to_filter_group(filters);
	});
}

function read(frm) {
	try {
		return JSON.parse(frm.doc.conditions || "[]");
	} catch (error) {
		return [];
	}
}

function in_words([doctype, fieldname, operator, value]) {
	const label = __(frappe.meta.get_label(doctype, fieldname), null, doctype);
	return frappe.utils.escape_html(`${label} ${__(operator)} ${value}`);
}

async function preview(frm) {
	if (!frm.doc.rule_name) frappe.throw(__("Give the rule a name first."));
	await sales_crm_pm.ui.preview_tiers({ rule: frm.doc }, frm.is_dirty() ? () => frm.save() : null);
}
