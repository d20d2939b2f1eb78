import { createApp, h, reactive, ref } from "vue";
import FormTalk from "./spm_talk/FormTalk.vue";
import MyWork from "./spm_talk/MyWork.vue";
import Person from "./spm_talk/Person.vue";
import QuickLog from "./spm_talk/QuickLog.vue";
import Timeline from "./spm_talk/Timeline.vue";

frappe.provide("sales_crm_pm.talk");

function mount(component, root, props) {
	const app = createApp(component, props);
	// Templates translate as the desk's scripts do.
	app.config.globalProperties.__ = window.__;
	return app.mount(root);
}

function root_of(page, name) {
	return $(`<div class="${name}">`).appendTo(page.main)[0];
}

/** Show a page of daily work; the handle it gives has what the page's `show` needs. */
sales_crm_pm.talk.mount_quick_log = (page) => mount(QuickLog, root_of(page, "spm-talk"), {});
sales_crm_pm.talk.mount_my_work = (page) => mount(MyWork, root_of(page, "spm-talk"), {});
sales_crm_pm.talk.mount_person = (page) => mount(Person, root_of(page, "spm-talk"), { page });

/**
 * Put the one-line entry on top of a form and the history below it; the form keeps both while it shows one
 * record after another.
 * @param {HTMLElement} entry where the entry goes
 * @param {HTMLElement} history where the history goes
 * @param {function} after_log called when a talk was logged
 * @returns {{show: function}} `show({doctype, name, target, may_log})` turns to another record
 */
sales_crm_pm.talk.mount_form = (entry, history, after_log) => {
	const shown = reactive({ doctype: "", name: "", target: {}, may_log: false, total: 0 });
	const timeline = ref(null);
	mount(
		{
			render: () =>
				h(FormTalk, {
					target: shown.target,
					name: shown.name,
					may_log: shown.may_log,
					total: shown.total,
					onLogged: () => {
						timeline.value?.load();
						after_log();
					},
					onHistory: () => history.scrollIntoView({ behavior: "smooth", block: "start" }),
				}),
		},
		entry
	);
	mount(
		{
			render: () =>
				h(Timeline, {
					ref: timeline,
					doctype: shown.doctype,
					name: shown.name,
					onTotal: (total) => (shown.total = total),
				}),
		},
		history
	);
	return {
		show(record) {
			const same = shown.name === record.name && shown.doctype === record.doctype;
			Object.assign(shown, record);
			// The form was saved or reloaded: something may have happened.
			if (same) timeline.value?.load();
		},
	};
};
