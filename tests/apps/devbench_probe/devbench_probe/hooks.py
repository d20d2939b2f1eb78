"""A small app that uses one of everything an app can hook into."""

app_name = "devbench_probe"
app_title = "Devbench Probe"
app_publisher = "Sales CRM PM contributors"
app_description = "The second app of devbench's own tests"
app_email = "sales-crm-pm@example.com"
app_license = "MIT"

add_to_apps_screen = [
	{
		"name": "devbench_probe",
		"logo": "/assets/devbench_probe/probe.svg",
		"title": "Devbench Probe",
		"route": "/desk/devbench-probe",
		"has_permission": "devbench_probe.events.may_open_app",
	}
]

doctype_js = {"ToDo": "public/todo.js"}

doc_events = {
	"Devbench Probe Record": {"on_update": "devbench_probe.events.count_update"},
	"ToDo": {"before_insert": "devbench_probe.events.mark_todo"},
	# a record of the other app of the bench
	"SPM Customer": {"after_insert": "devbench_probe.events.note_customer"},
}

scheduler_events = {
	"cron": {"* * * * *": ["devbench_probe.events.every_minute"]},
	"daily": ["devbench_probe.events.every_day"],
}

fixtures = [{"dt": "Role", "filters": [["name", "like", "Devbench Probe%"]]}]

importable_doctypes = ["Devbench Probe Record"]

global_search_doctypes = {"Default": [{"doctype": "Devbench Probe Record", "index": 0}]}

boot_session = "devbench_probe.events.add_to_boot"
jinja = {
	"methods": ["devbench_probe.events.probe_greeting"],
	"filters": ["devbench_probe.events.probe_shout"],
}
website_route_rules = [{"from_route": "/probe/<name>", "to_route": "devbench-probe"}]
permission_query_conditions = {"Devbench Probe Record": "devbench_probe.events.hide_secret"}
override_whitelisted_methods = {"devbench_probe.api.overridden": "devbench_probe.api.overriding"}

before_install = "devbench_probe.events.before_install"
after_install = "devbench_probe.events.after_install"
before_uninstall = "devbench_probe.events.before_uninstall"
after_uninstall = "devbench_probe.events.after_uninstall"
before_migrate = ["devbench_probe.events.before_migrate"]
after_migrate = ["devbench_probe.events.after_migrate"]
