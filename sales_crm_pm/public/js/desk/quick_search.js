// The desk's search bar shows customers, people, deals and projects while somebody types, pinyin included.
const LIMIT = 4;

const look_up = frappe.utils.debounce(async (input) => {
	const text = input.value.trim();
	if (text.length < 2 || text.startsWith("#") || !input.awesomplete) return;
	const { message } = await frappe.call({
		method: "sales_crm_pm.api.v1.search.find",
		type: "GET",
		args: { text, limit: LIMIT },
		silent: true,
	});
	if (!message?.length || input.value.trim() !== text) return;
	const others = (input.awesomplete._list || []).filter((option) => !option.spm_found);
	input.awesomplete.list = [...message.map(option_of), ...others];
}, 250);

function option_of(found, place) {
	const esc = frappe.utils.escape_html;
	return {
		// The label is shown as it is, so it has to be safe.
		label: `${esc(found.title)} <span class="text-muted small">${__(found.doctype)}</span>`,
		value: `${found.doctype} ${found.name}`,
		description: esc(found.description || found.name),
		route: ["Form", found.doctype, found.name],
		index: 1000 - place,
		spm_found: true,
	};
}

$(document).on("input", "#navbar-search", (e) => look_up(e.currentTarget));
