frappe.ui.form.on("SPM Interaction", {
	setup(frm) {
		const of_customer = () =>
			frm.doc.customer
				? { filters: { link_doctype: "SPM Customer", link_name: frm.doc.customer } }
				: {};
		frm.set_query("contact", of_customer);
		frm.set_query("contact", "participants", of_customer);
		for (const field of ["user", "follow_up_by"]) {
			const colleagues = () => ({ filters: { enabled: 1, user_type: "System User" } });
			if (field === "user") frm.set_query(field, "participants", colleagues);
			else frm.set_query(field, colleagues);
		}
		for (const field of ["opportunity", "project"]) {
			frm.set_query(field, () => (frm.doc.customer ? { filters: { customer: frm.doc.customer } } : {}));
		}
	},

	refresh(frm) {
		const may_write = frm.perm[0] && frm.perm[0].write;
		if (frm.is_new()) {
			frm.add_custom_button(__("Check In Here"), () => check_in(frm));
			return;
		}
		const open = frm.doc.follow_up_status === "Open";
		if (open && (may_write || frm.doc.follow_up_by === frappe.session.user)) {
			frm.add_custom_button(__("Follow-up Done"), () =>
				sales_crm_pm.ui.act(frm, "interaction.finish", { interaction: frm.doc.name })
			);
		}
		if (open) {
			const days = frappe.datetime.get_day_diff(frm.doc.next_date, frappe.datetime.get_today());
			frm.page.set_indicator(
				days < 0 ? __("{0} days late", [-days]) : __("Open", null, "SPM Interaction"),
				days < 0 ? "red" : "blue"
			);
		} else {
			frm.page.clear_indicator();
		}
	},
});

/** Where somebody is tells where the visit was; without a position the form works as well. */
function check_in(frm) {
	if (!navigator.geolocation) {
		frappe.show_alert({ message: __("This browser does not tell its position."), indicator: "orange" });
		return;
	}
	navigator.geolocation.getCurrentPosition(
		async ({ coords }) => {
			await frm.set_value({ latitude: coords.latitude, longitude: coords.longitude });
			frappe.show_alert({ message: __("Position noted"), indicator: "green" });
		},
		() =>
			frappe.show_alert({
				message: __("The position is not known. Allow this site to use it, or go on without."),
				indicator: "orange",
			}),
		{ enableHighAccuracy: true, timeout: 15000 }
	);
}
