// Keeping customers: segments in the customer list, starting a mail sequence from a customer or from a selection.
frappe.provide("sales_crm_pm.keep");

// As many names as a list filter carries without becoming slow; larger segments open as a report.
const MOST_IN_A_FILTER = 500;

Object.assign(sales_crm_pm.keep, {
	/** Show only the customers of a segment in the customer list. */
	choose_segment(listview) {
		const dialog = new frappe.ui.Dialog({
			title: __("Show a Segment"),
			fields: [{ fieldname: "segment", fieldtype: "Link", options: "SPM Segment", label: __("Segment"), reqd: 1 }],
			primary_action_label: __("Show"),
			async primary_action({ segment }) {
				dialog.hide();
				await sales_crm_pm.keep.show_segment(listview, segment);
			},
			secondary_action_label: frappe.model.can_create("SPM Segment") ? __("New Segment") : undefined,
			secondary_action() {
				dialog.hide();
				frappe.new_doc("SPM Segment");
			},
		});
		dialog.show();
	},

	async show_segment(listview, segment) {
		const page = await frappe.xcall(
			"sales_crm_pm.api.v1.segment.members",
			{ segment, start: 0, length: MOST_IN_A_FILTER },
			"GET"
		);
		if (page.count > MOST_IN_A_FILTER) {
			frappe.set_route("query-report", "SPM Segment Customers", { segment });
			return;
		}
		const names = page.members.map((row) => row.name);
		await listview.filter_area.clear();
		await listview.filter_area.add([["SPM Customer", "name", "in", names.length ? names : ["-"]]]);
		frappe.show_alert({ message: __("{0}: {1} customers", [segment, page.count]), indicator: "blue" });
	},

	/** Start contacts of these customers in a sequence. */
	start_sequence(customers, on_done) {
		const dialog = new frappe.ui.Dialog({
			title: __("Start a Mail Sequence"),
			fields: [
				{
					fieldname: "sequence",
					fieldtype: "Link",
					options: "SPM Sequence",
					label: __("Sequence"),
					reqd: 1,
					get_query: () => ({ filters: { status: "Active" } }),
				},
				{
					fieldname: "note",
					fieldtype: "HTML",
					options: `<p class="text-muted">${__(
						"Contacts that unsubscribed, left or get this sequence already are left out."
					)}</p>`,
				},
			],
			primary_action_label: __("Start"),
			async primary_action({ sequence }) {
				const found = await frappe.xcall("sales_crm_pm.api.v1.sequence.enrol", { sequence, customers });
				dialog.hide();
				frappe.show_alert({ message: said(found), indicator: found.enrolled ? "green" : "orange" }, 8);
				on_done?.();
			},
		});
		dialog.show();
	},

	/** "3 started · 1 gets it already · 1 without address". */
	said,

	/** In a report, a name that leads to its record; `targets` tells which column stands for which record. */
	linked(targets) {
		return (value, row, column, data, standard) => {
			const [doctype, key] = targets[column.fieldname] || [];
			if (!doctype || !data?.[key]) return standard(value, row, column, data);
			const text = frappe.utils.escape_html(value || data[key]);
			return `<a href="${frappe.utils.get_form_link(doctype, data[key])}" title="${text}">${text}</a>`;
		};
	},

	/** The name of a letter as people call it: without the app's mark and the language. */
	letter: (name) => (name || "").replace(/^SPM /, "").replace(/ \([a-z]{2}(-[A-Za-z]+)?\)$/, ""),

	may_start: () => frappe.model.can_write("SPM Sequence Enrolment") && frappe.model.can_read("SPM Sequence"),
});

function said(found) {
	const parts = [
		found.enrolled === 1 ? __("1 contact started") : __("{0} contacts started", [found.enrolled || 0]),
		found.already && __("{0} get it already", [found.already]),
		found.no_address && __("{0} without address", [found.no_address]),
		found.unsubscribed && __("{0} unsubscribed", [found.unsubscribed]),
		found.left && __("{0} left their company", [found.left]),
		found.not_yours && __("{0} customers are not yours", [found.not_yours]),
	];
	return parts.filter(Boolean).join(" · ");
}
