"""Conditions for hand-written SQL, each in brackets so that an OR inside cannot widen what surrounds it."""


def get_match_cond(doctype, as_condition=True):
	"""Return " and (…)" with what the user may see of a DocType, for SQL that has a WHERE already."""
	from frappe.database.query import Engine

	engine = Engine()
	engine.get_query(doctype, db_query_compat=True)
	cond = engine.build_match_conditions(as_condition=as_condition)
	if not as_condition:
		return cond

	return (f" and ({cond})" if cond else "").replace("%", "%%")


def build_match_conditions(doctype, user=None, as_condition=True):
	"""Return "(…)" with what the user may see of a DocType, or "" when that is everything."""
	from frappe.database.query import Engine

	engine = Engine()
	engine.get_query(doctype, user=user, db_query_compat=True)
	match_conditions = engine.build_match_conditions(as_condition=as_condition)
	if not as_condition:
		return match_conditions
	return f"({match_conditions})".replace("%", "%%") if match_conditions else ""


def get_filters_cond(doctype, filters, conditions, ignore_permissions=None, with_match_conditions=False):
	"""Return " and (…) and (…)" of the filters and of what the user may see, and add each to `conditions`."""
	from frappe.database.query import Engine

	if isinstance(filters, str):
		filters = json.loads(filters)
	if not filters:
		return ""
	if isinstance(filters, dict):
		filters = [_as_filter_row(doctype, fieldname, value) for fieldname, value in filters.items()]

	engine = Engine()
	engine.get_query(doctype, ignore_permissions=ignore_permissions, db_query_compat=True)
	added = []
	if with_match_conditions and (match_cond := engine.build_match_conditions()):
		added.append(match_cond)
	engine.build_filter_conditions(filters, added)
	conditions.extend(f"({cond})" for cond in added)

	return " and " + " and ".join(conditions) if conditions else ""


def _as_filter_row(doctype, fieldname, value) -> list:
	"""Return [doctype, field, operator, value] of one entry of a filter dict."""
	operators = {"=", ">", "<", ">=", "<=", "!=", "like", "not like", "in", "not in", "between", "is"}
	if isinstance(value, str) and value.startswith("!"):
		return [doctype, fieldname, "!=", value[1:]]
	if isinstance(value, list | tuple) and value and str(value[0]).lower() in operators:
		return [doctype, fieldname, value[0], value[1]]
	return [doctype, fieldname, "=", value]
