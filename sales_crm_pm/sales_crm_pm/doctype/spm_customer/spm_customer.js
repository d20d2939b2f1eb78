frappe.ui.form.on("SPM Customer", {
	setup(frm) {
		frm.set_query("parent_customer", () => ({ filters: { name: ["!=", frm.doc.name || ""] } }));
		for (const field of ["primary_contact", "primary_address"]) {
			frm.set_query(field, () => ({
				filters: { link_doctype: "SPM Customer", link_name: frm.doc.name },
			}));
		}
	},
	refresh(frm) {
		frappe.dynamic_link = { doc: frm.doc, fieldname: "name", doctype: "SPM Customer" };
		frm.toggle_display(["contact_html", "address_html"], !frm.is_new());
		if (frm.is_new()) {
			frappe.contacts.clear_address_and_contact(frm);
			frm.$wrapper.find(".spm-customer-head").remove();
			return;
		}
		frappe.contacts.render_address_and_contact(frm);
		frm.add_custom_button(__("Opportunity"), () =>
			frappe.new_doc("SPM Opportunity", { customer: frm.doc.name }), __("Create"));
		frm.add_custom_button(__("Interaction"), () =>
			frappe.new_doc("SPM Interaction", { customer: frm.doc.name }), __("Create"));
		if (frappe.model.can_create("SPM Referral")) {
			frm.add_custom_button(__("Referral"), () =>
				frappe.new_doc("SPM Referral", { referring_customer: frm.doc.name }), __("Create"));
		}
		if (frm.perm[0].write && sales_crm_pm.keep.may_start()) {
			frm.add_custom_button(__("Mail Sequence"), () =>
				sales_crm_pm.keep.start_sequence([frm.doc.name]), __("Create"));
		}
		show_standing(frm);
		show_people(frm);
	},
});

/** Head, people, group and history: all of one answer, so that they say the same. */
async function show_standing(frm) {
	const opened = frm.doc.name;
	const standing = await frappe.xcall("sales_crm_pm.api.v1.customer.standing", { customer: opened }, "GET");
	if (frm.doc.name !== opened) return;
	sales_crm_pm.ui.render_customer_head(frm, standing);
	sales_crm_pm.ui.render_group_tree(
		frm.get_field("group_tree_html").wrapper,
		standing.group,
		opened,
		frm.doc.base_currency
	);
	sales_crm_pm.ui.render_moves(frm.get_field("history_html").wrapper, standing);
}

async function show_people(frm) {
	const wrapper = frm.get_field("people_map_html").wrapper;
	if (frm.people_map && frm.people_map_of === frm.doc.name) {
		frm.people_map.reload();
		return;
	}
	await frappe.require("spm_people.bundle.js");
	frm.people_map?.unmount();
	frm.people_map_of = frm.doc.name;
	frm.people_map = sales_crm_pm.mount_people_map($("<div>").appendTo($(wrapper).empty())[0], {
		customer: frm.doc.name,
		may_create: frappe.model.can_create("Contact"),
	});
}
