// Risks, issues and lessons on the project form.
frappe.provide("sales_crm_pm.project_panels");

sales_crm_pm.project_panels.risks_html = async (frm, $wrapper) => {
	const { esc, severity_pill, issue_word } = sales_crm_pm.risk;
	const opened = frm.doc.name;
	const { message: shown } = await frappe.call({
		method: "sales_crm_pm.api.v1.risk.panel",
		type: "GET",
		args: { project: opened },
	});
	if (frm.doc.name !== opened) return;
	const again = () => sales_crm_pm.refresh_project_panels(frm);
	const home = { project: opened };
	$wrapper.html(`<div class="spm-risk-panel"><div class="spm-risk-box"></div>
		<h5>${__("Issues")}</h5><div class="spm-issue-box"></div><div class="spm-lesson-box"></div></div>`);
	new sales_crm_pm.risk.HeatMap($wrapper.find(".spm-risk-box"), shown, {
		project: opened,
		actions($actions) {
			if (!shown.can_add) return;
			$(`<button type="button" class="btn btn-sm btn-primary">${__("New Risk")}</button>`)
				.on("click", () => sales_crm_pm.risk.add(home, again))
				.appendTo($actions);
		},
	});
	issues($wrapper.find(".spm-issue-box"));
	lessons($wrapper.find(".spm-lesson-box"));

	function issues($box) {
		const rows = shown.issues
			.map(
				(issue) => `<tr>
				<td data-label="${__("Severity")}">${severity_pill(issue.severity)}</td>
				<td data-label="${__("Issue")}" class="spm-risk-title"><a href="${frappe.utils.get_form_link("SPM Issue", issue.name)}">${esc(issue.title)}</a>${
					issue.from_risk
						? ` <small><a class="text-muted" href="${frappe.utils.get_form_link("SPM Risk", issue.from_risk)}">${__("was a risk")}</a></small>`
						: ""
				}</td>
				<td data-label="${__("Status")}"><span class="indicator-pill ${sales_crm_pm.ui.status_color(issue.status)}">${issue_word(issue.status)}</span></td>
				<td data-label="${__("Owner", null, "SPM Issue")}">${esc(shown.people[issue.issue_owner] || issue.issue_owner)}</td>
				<td data-label="${__("Due Date")}">${sales_crm_pm.ui.relative_day(issue.due_date, !["Open", "In Progress"].includes(issue.status))}</td>
				<td data-label="${__("Age")}" class="text-right">${__("{0} days", [issue.age_days])}</td></tr>`
			)
			.join("");
		$box.html(
			rows
				? `<table class="table table-sm spm-risk-list"><thead><tr><th>${__("Severity")}</th><th>${__("Issue")}</th><th>${__("Status")}</th><th>${__(
						"Owner",
						null,
						"SPM Issue"
				  )}</th><th>${__("Due Date")}</th><th class="text-right">${__("Age")}</th></tr></thead><tbody>${rows}</tbody></table>`
				: `<p class="text-muted">${__("No issue is in the log.")}</p>`
		);
		if (shown.can_add_issue) {
			$(`<button type="button" class="btn btn-sm btn-default">${__("New Issue")}</button>`)
				.on("click", () => frappe.new_doc("SPM Issue", { ...home, issue_owner: frappe.session.user }))
				.appendTo($box);
		}
	}

	function lessons($box) {
		const rows = shown.lessons
			.map(
				(lesson, index) => `<li><a href="${frappe.utils.get_form_link("SPM Lesson", lesson.name)}"><b>${esc(lesson.title)}</b></a>
				<p>${esc(lesson.recommendation)}</p>${
					shown.can_add && lesson.kind === "Went Badly"
						? `<button type="button" class="btn btn-xs btn-default" data-lesson="${index}">${__("Take Over as a Risk")}</button>`
						: ""
				}</li>`
			)
			.join("");
		const button = shown.can_learn
			? `<button type="button" class="btn btn-sm btn-default" data-learn>${__("Write Down a Lesson")}</button>`
			: "";
		if (!rows && !button) return;
		$box.html(`${
			rows ? `<h5>${__("Learned in Earlier Projects")}</h5><ul class="spm-lessons">${rows}</ul>` : ""
		}${button}`);
		$box.find("[data-lesson]").on("click", (event) => {
			const lesson = shown.lessons[cint(event.currentTarget.dataset.lesson)];
			sales_crm_pm.risk.add(
				{ ...home, title: lesson.title, category: lesson.category, description: lesson.what_happened, response_plan: lesson.recommendation },
				again
			);
		});
		$box.find("[data-learn]").on("click", () =>
			frappe.new_doc("SPM Lesson", { ...home, project_type: frm.doc.project_type })
		);
	}
};
