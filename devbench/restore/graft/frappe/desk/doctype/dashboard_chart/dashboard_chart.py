"""Heat-map charts: version 16 no longer takes SQL functions as text, which this one function still sent."""


def get_heatmap_chart_config(chart, filters, heatmap_year):
	"""Return one number per day of the year, keyed by the day as a Unix time."""
	from frappe.query_builder import CustomFunction
	from frappe.query_builder.functions import Avg, Count, Date, Sum

	doctype, datefield = chart.document_type, chart.based_on
	year = cint(heatmap_year) if heatmap_year else getdate(nowdate()).year
	filters = [*filters, [doctype, datefield, ">=", f"{year}-01-01"], [doctype, datefield, "<", f"{year + 1}-01-01"]]

	table = frappe.qb.DocType(doctype)
	day = Date(table[datefield])
	aggregate = {"SUM": Sum, "AVG": Avg}.get(get_aggregate_function(chart.chart_type), Count)
	value = aggregate(table[chart.value_based_on] if chart.value_based_on else "*")
	rows = (
		frappe.qb.get_query(doctype, fields=["name"], filters=filters)
		.select(CustomFunction("UNIX_TIMESTAMP", ["day"])(day).as_("moment"), value.as_("value"))
		.groupby(day)
		.orderby(day)
		.run()
	)
	return {"labels": [], "dataPoints": {moment: number for _name, moment, number in rows}}
