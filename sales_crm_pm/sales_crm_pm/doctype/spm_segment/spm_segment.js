frappe.ui.form.on("SPM Segment", {
	async refresh(frm) {
		await show_builder(frm);
		if (frm.is_new()) return;
		frm.add_custom_button(__("Customers"), () =>
			frappe.set_route("query-report", "SPM Segment Customers", { segment: frm.doc.name })
		);
		if (frappe.model.can_create("SPM Sequence")) {
			frm.add_custom_button(__("Mail Sequence"), () =>
				frappe.new_doc("SPM Sequence", { starts_by: "Segment", segment: frm.doc.name })
			);
		}
		if (frm.perm[0].write) {
			const label = frm.doc.members_mode === "Frozen" ? __("Freeze Anew") : __("Freeze");
			frm.add_custom_button(label, () => freeze(frm));
		}
	},
	members_mode(frm) {
		if (frm.doc.members_mode !== "Frozen" || frm.is_new()) return;
		frm.set_value("members_mode", "Dynamic");
		freeze(frm);
	},
});

async function show_builder(frm) {
	await frappe.require("spm_segment.bundle.js");
	const field = frm.get_field("builder_html");
	const key = `${frm.doc.name}|${frm.doc.modified}`;
	// A form that redraws itself while somebody is building must not throw the unfinished conditions away.
	if (frm.segment_builder_key === key && frm.is_dirty()) return;
	frm.segment_builder?.unmount();
	frm.segment_builder_key = key;
	let definition = {};
	try {
		definition = JSON.parse(frm.doc.definition || "{}");
	} catch {
		frappe.show_alert({ message: __("The conditions cannot be read. Build them anew."), indicator: "orange" });
	}
	frm.segment_builder = sales_crm_pm.mount_segment_builder($("<div>").appendTo(field.$wrapper.empty())[0], {
		definition,
		read_only: !frm.perm[0].write,
		on_change(question) {
			frm.doc.definition = JSON.stringify(question);
			frm.dirty();
		},
	});
}

function freeze(frm) {
	frappe.confirm(
		__("The customers that fit now stay the members, whatever changes later. Go on?"),
		async () => {
			if (frm.is_dirty()) await frm.save();
			await sales_crm_pm.ui.act(frm, "segment.freeze", { segment: frm.doc.name });
		}
	);
}
