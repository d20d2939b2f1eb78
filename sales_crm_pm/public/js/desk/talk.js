// The one-line entry and the history on the forms of customer, deal, project, lead and contact.
const TARGETS = {
	"SPM Customer": (doc) => ({ customer: doc.name }),
	"SPM Opportunity": (doc) => ({ opportunity: doc.name, customer: doc.customer }),
	"SPM Project": (doc) => ({ project: doc.name, customer: doc.customer }),
	"SPM Lead": (doc) => ({ lead: doc.name }),
	Contact: (doc) => {
		const link = (doc.links || []).find((row) => row.link_doctype === "SPM Customer");
		return link ? { customer: link.link_name, contact: doc.name } : null;
	},
};

async function show_talk(frm) {
	const target = TARGETS[frm.doctype](frm.doc);
	const hidden = frm.is_new() || !target;
	frm.layout.wrapper.find(".spm-form-talk").toggleClass("hidden", hidden);
	if (hidden) return;
	if (!frm.spm_talk) {
		frm.spm_talk = frappe.require("spm_talk.bundle.js").then(() => {
			const entry = $('<div class="spm-form-talk spm-talk"></div>');
			const history = $('<div class="spm-form-talk spm-talk spm-form-history"></div>');
			frm.layout.wrapper.find(".form-page, .form-tabs-list").first().before(entry);
			frm.layout.wrapper.append(history);
			return sales_crm_pm.talk.mount_form(entry[0], history[0], () => frm.is_dirty() || frm.reload_doc());
		});
	}
	const talk = await frm.spm_talk;
	// Another record may have been opened while the parts were on their way.
	talk.show({
		doctype: frm.doctype,
		name: frm.doc.name,
		target: TARGETS[frm.doctype](frm.doc) || {},
		may_log: frappe.model.can_create("SPM Interaction"),
	});
}

for (const doctype of Object.keys(TARGETS)) {
	frappe.ui.form.on(doctype, { refresh: show_talk });
}

// One click from a user to what they work on.
frappe.ui.form.on("User", {
	refresh(frm) {
		if (frm.is_new() || frm.doc.user_type !== "System User" || !frappe.model.can_read("SPM Interaction")) return;
		frm.add_custom_button(__("Work and Deals"), () => frappe.set_route("spm-person", frm.doc.name));
	},
});
