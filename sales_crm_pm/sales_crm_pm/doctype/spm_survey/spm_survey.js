frappe.ui.form.on("SPM Survey", {
	refresh(frm) {
		frm.page.set_indicator(__(frm.doc.status, null, frm.doctype), sales_crm_pm.ui.status_color(frm.doc.status));
		if (frm.is_new()) return;
		const customer = frappe.utils.get_link_title("SPM Customer", frm.doc.customer);
		if (customer) frm.page.set_title(customer);
		if (frm.perm[0].write && !["Answered", "Expired", "Cancelled"].includes(frm.doc.status)) {
			frm.add_custom_button(__("Survey Link"), () => show_link(frm));
		}
		if (frm.doc.status !== "Answered") return;
		if (frm.doc.follow_up) {
			frm.add_custom_button(__("Open Follow-up"), () =>
				frappe.set_route("Form", frm.doc.follow_up_type, frm.doc.follow_up)
			);
		} else if (frappe.model.can_create("SPM Opportunity")) {
			frm.add_custom_button(__("Create Opportunity"), () => create_opportunity(frm)).addClass("btn-primary");
		}
	},
});

/** The personal link, for those who send it by another way than mail. */
async function show_link(frm) {
	const { message } = await frappe.call({
		method: "sales_crm_pm.api.v1.survey.link",
		args: { survey: frm.doc.name },
	});
	const dialog = new frappe.ui.Dialog({
		title: __("Survey Link"),
		fields: [
			{
				fieldtype: "Data",
				fieldname: "link",
				label: __("Personal Link"),
				default: message.link,
				read_only: 1,
			},
		],
		primary_action_label: __("Copy"),
		primary_action() {
			frappe.utils.copy_to_clipboard(message.link);
			dialog.hide();
		},
	});
	dialog.show();
	frm.reload_doc();
}

function create_opportunity(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("New Opportunity from Feedback"),
		fields: [
			{ fieldtype: "Data", fieldname: "title", label: __("Title") },
			{ fieldtype: "Currency", fieldname: "amount", label: __("Amount") },
		],
		primary_action_label: __("Create"),
		async primary_action(values) {
			dialog.hide();
			await sales_crm_pm.ui.act_and_leave(
				frm,
				"feedback.to_opportunity",
				{ source_doctype: "SPM Survey", source_name: frm.doc.name, ...values },
				null,
				({ opportunity }) => frappe.set_route("Form", "SPM Opportunity", opportunity)
			);
		},
	});
	dialog.show();
}
