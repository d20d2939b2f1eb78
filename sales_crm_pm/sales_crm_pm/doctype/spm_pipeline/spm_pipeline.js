// The stages of a pipeline in their order: drag them, or move them with the arrows.
frappe.ui.form.on("SPM Pipeline", {
	setup(frm) {
		frm.set_query("default_bid_template", () => ({ filters: { disabled: 0 } }));
	},
	refresh(frm) {
		render_stages(frm);
		if (frm.is_new()) return;
		frm.add_custom_button(__("Board"), () => frappe.set_route("spm-board", { pipeline: frm.doc.name }));
	},
});

async function render_stages(frm) {
	const wrapper = frm.fields_dict.stages_html.$wrapper;
	if (frm.is_new()) {
		wrapper.html(`<p class="text-muted">${__("Save the pipeline to add its stages.")}</p>`);
		return;
	}
	const stages = await frappe.db.get_list("SPM Stage", {
		filters: { pipeline: frm.doc.name },
		fields: ["name", "stage_name", "stage_type", "probability", "max_days", "color", "disabled", "forecast_category"],
		order_by: "position asc, name asc",
		limit: 100,
	});
	const may_sort = frm.perm[0].write && frappe.model.can_write("SPM Stage");
	const list = $(`<ol class="spm-stage-list" aria-label="${__("Sales stages")}"></ol>`);
	stages.forEach((stage, at) => list.append(row_of(frm, stage, at, stages.length, may_sort)));
	wrapper.empty();
	if (!stages.length) wrapper.append(`<p class="text-muted">${__("This pipeline has no stage yet.")}</p>`);
	wrapper.append(list);
	if (frappe.model.can_create("SPM Stage")) {
		$(`<button type="button" class="btn btn-sm btn-default">${__("Add a Stage")}</button>`)
			.on("click", () => frappe.new_doc("SPM Stage", { pipeline: frm.doc.name, position: stages.length + 1 }))
			.appendTo(wrapper);
	}
	if (may_sort && stages.length > 1) {
		if (window.Sortable) {
			new window.Sortable(list[0], { handle: ".spm-grip", animation: 150, onEnd: () => save_order(frm, list) });
		}
	}
}

function row_of(frm, stage, at, count, may_sort) {
	const esc = frappe.utils.escape_html;
	const facts = [
		__(stage.stage_type, null, "SPM Stage"),
		`${format_number(stage.probability, null, 0)} %`,
		stage.max_days ? __("at most {0} days", [stage.max_days]) : __("no limit"),
		__(stage.forecast_category || "", null, "SPM Stage"),
	].filter(Boolean);
	const row = $(`<li data-name="${esc(stage.name)}" class="${stage.disabled ? "is-archived" : ""}">
		${may_sort ? `<span class="spm-grip" aria-hidden="true">⠿</span>` : ""}
		<span class="indicator ${(stage.color || "Gray").toLowerCase().replace(" ", "-")}"></span>
		<a href="${frappe.utils.get_form_link("SPM Stage", stage.name)}">${esc(__(stage.stage_name))}</a>
		${stage.disabled ? `<span class="indicator-pill gray">${__("Archived")}</span>` : ""}
		<span class="text-muted">${facts.map(esc).join(" · ")}</span></li>`);
	if (!may_sort) return row;
	const arrow = (step, sign, label, off) =>
		$(`<button type="button" class="btn btn-xs btn-default" ${off ? "disabled" : ""} aria-label="${esc(label)}">${sign}</button>`).on("click", () => {
			if (step < 0) row.prev().before(row);
			else row.next().after(row);
			save_order(frm, row.parent());
		});
	const arrows = $(`<span class="spm-arrows"></span>`);
	arrows.append(arrow(-1, "↑", __("Move {0} up", [__(stage.stage_name)]), !at), arrow(1, "↓", __("Move {0} down", [__(stage.stage_name)]), at === count - 1));
	return row.append(arrows);
}

async function save_order(frm, list) {
	const stages = list.children("li").map((_n, row) => row.dataset.name).get();
	try {
		await frappe.call({
			method: "sales_crm_pm.api.v1.pipeline.reorder",
			args: { pipeline: frm.doc.name, stages: JSON.stringify(stages) },
		});
		sales_crm_pm.ui.clear_stage_cache();
		frappe.show_alert({ message: __("The new order is saved."), indicator: "green" });
	} finally {
		render_stages(frm);
	}
}
