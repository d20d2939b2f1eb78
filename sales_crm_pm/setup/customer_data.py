"""What a new site starts with for customers and people, as data."""

CUSTOMER_GROUPS = ("Commercial", "Public Sector", "Partner", "Individual")

TIER_RULES: tuple[dict, ...] = (
	{
		"rule_name": "Key account",
		"priority": 10,
		"effect": "Tier",
		"tier": "A",
		"conditions": [["is_key_account", "=", 1]],
	},
	{
		"rule_name": "Large won amount",
		"priority": 20,
		"points": 50,
		"conditions": [["won_amount_base", ">=", 1_000_000]],
	},
	{
		"rule_name": "Medium won amount",
		"priority": 21,
		"points": 30,
		"conditions": [["won_amount_base", ">=", 300_000], ["won_amount_base", "<", 1_000_000]],
	},
	{
		"rule_name": "Buys again",
		"priority": 30,
		"points": 20,
		"conditions": [["won_count", ">=", 2]],
	},
	{
		"rule_name": "Large open pipeline",
		"priority": 40,
		"points": 20,
		"conditions": [["open_pipeline_base", ">=", 500_000]],
	},
	{
		"rule_name": "Project under way",
		"priority": 50,
		"points": 15,
		"conditions": [["active_projects", ">=", 1]],
	},
	{
		"rule_name": "Very satisfied",
		"priority": 60,
		"points": 10,
		"conditions": [["csat_avg", ">=", 4.5]],
	},
	{
		"rule_name": "Dormant or lost",
		"priority": 90,
		"points": -30,
		"conditions": [["lifecycle_stage", "in", ["Dormant", "Lost"]]],
	},
)

BUYING_ROLES = "\nDecision Maker\nInfluencer\nUser\nGatekeeper\nSponsor\nFinance"
STANCES = "\nSupporter\nNeutral\nOpponent"

CONTACT_FIELDS: dict[str, list[dict]] = {
	"Contact": [
		{
			"fieldname": "buying_centre_section",
			"fieldtype": "Section Break",
			"label": "Buying Centre",
			"insert_after": "phone_nos",
		},
		{
			"fieldname": "buying_role",
			"fieldtype": "Select",
			"label": "Buying Role",
			"options": BUYING_ROLES,
			"in_standard_filter": 1,
			"insert_after": "buying_centre_section",
		},
		{
			"fieldname": "stance",
			"fieldtype": "Select",
			"label": "Stance",
			"options": STANCES,
			"in_standard_filter": 1,
			"insert_after": "buying_role",
		},
		{
			"fieldname": "influence",
			"fieldtype": "Select",
			"label": "Influence",
			"options": "\nHigh\nMedium\nLow",
			"insert_after": "stance",
		},
		{
			"fieldname": "reports_to",
			"fieldtype": "Link",
			"label": "Reports To",
			"options": "Contact",
			# A boss is looked up by hand; a user permission on contacts must not hide the whole person.
			"ignore_user_permissions": 1,
			"search_index": 1,
			"insert_after": "influence",
		},
		{
			"fieldname": "buying_centre_column",
			"fieldtype": "Column Break",
			"insert_after": "reports_to",
		},
		{
			"fieldname": "wechat",
			"fieldtype": "Data",
			"label": "WeChat",
			"insert_after": "buying_centre_column",
		},
		{
			"fieldname": "preferred_channel",
			"fieldtype": "Select",
			"label": "Preferred Channel",
			"options": "\nPhone\nE-mail\nWeChat\nMessage\nVisit",
			"insert_after": "wechat",
		},
		{
			"fieldname": "birthday",
			"fieldtype": "Date",
			"label": "Birthday",
			"insert_after": "preferred_channel",
		},
		{
			"fieldname": "left_company_on",
			"fieldtype": "Date",
			"label": "Left the Company On",
			"description": "From this day on the person gets no surveys and does not see the portal.",
			"insert_after": "birthday",
		},
		{
			"fieldname": "buying_centre_column_2",
			"fieldtype": "Column Break",
			"insert_after": "left_company_on",
		},
		{
			"fieldname": "relationship_strength",
			"fieldtype": "Int",
			"label": "Relationship Strength",
			"description": "0 to 100, computed every night from our talks with this person.",
			"read_only": 1,
			"no_copy": 1,
			"insert_after": "buying_centre_column_2",
		},
		{
			"fieldname": "portal_enabled",
			"fieldtype": "Check",
			"label": "May Use the Portal",
			"default": "1",
			"insert_after": "relationship_strength",
		},
		{
			"fieldname": "survey_opt_out",
			"fieldtype": "Check",
			"label": "No Surveys",
			"insert_after": "portal_enabled",
		},
	]
}
