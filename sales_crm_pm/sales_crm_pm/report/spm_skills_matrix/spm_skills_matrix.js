frappe.query_reports["SPM Skills Matrix"] = {
	filters: [
		{
			fieldname: "category",
			label: __("Category"),
			fieldtype: "Select",
			options: ["", "Management", "Business", "Technical", "Quality", "Language", "Other"],
		},
		{ fieldname: "skill", label: __("Skill"), fieldtype: "Link", options: "SPM Skill" },
		{ fieldname: "level", label: __("Level from"), fieldtype: "Select", options: "\n1\n2\n3\n4\n5" },
		{ fieldname: "project_role", label: __("Role"), fieldtype: "Link", options: "SPM Project Role" },
	],
	formatter(value, row, column, data, default_formatter) {
		if (!column.fieldname.startsWith("skill_")) return default_formatter(value, row, column, data);
		if (!value) return "";
		const level = Math.min(5, cint(value));
		return `<span title="${__("Level {0}", [level])}">${"●".repeat(level)}<span class="text-muted">${"○".repeat(
			5 - level
		)}</span></span>`;
	},
};
