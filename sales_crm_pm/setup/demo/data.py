"""Who and what the demo data consists of. Days are relative to today; amounts are in 10,000 CNY-like units."""

from sales_crm_pm.setup.demo import flagship_data

DOMAIN = "demo.example.com"
PASSWORD = "demo"
MARK = "DEMO-"
FLAGSHIP = flagship_data.TITLE
"""Name of the project that all parts of the story meet in; `flagship.find()` gives it."""

# first name, last name, login, language, roles, what the person is called in the list of logins
PEOPLE = (
	("Grace", "Lin", "director", "en", ("SPM Sales Manager", "SPM Sales User"), "Sales director"),
	("Tom", "Becker", "sales", "en", ("SPM Sales User",), "Salesperson"),
	("明", "李", "sales.zh", "zh", ("SPM Sales User",), "Salesperson (Chinese)"),
	("Priya", "Nair", "pm", "en", ("SPM Project Manager",), "Project manager"),
	("静", "王", "pm.zh", "zh", ("SPM Project Manager",), "Project manager (Chinese)"),
	("Daniel", "Ortiz", "delivery", "en", ("SPM Delivery Member",), "Delivery member"),
	("磊", "陈", "engineer.zh", "zh", ("SPM Delivery Member",), "Engineer (Chinese)"),
	("Maya", "Fischer", "analyst", "en", ("SPM Delivery Member",), "Business analyst"),
	("Ravi", "Shah", "tester", "en", ("SPM Delivery Member",), "Tester"),
	("Anna", "Keller", "architect", "en", ("SPM Delivery Member",), "Solution architect"),
	("Emma", "Olsen", "service", "en", ("SPM Service Agent",), "Customer service"),
	("Noah", "Reed", "marketing", "en", ("SPM Marketing User",), "Marketing"),
	("Helen", "Zhou", "executive", "en", ("SPM Executive",), "Executive"),
	("Sam", "Park", "configurator", "en", ("SPM Configurator",), "Configurator (no business data)"),
)

# key, name, industry, territory, tier, account manager, language, contacts (first, last, job, e-mail local part)
CUSTOMERS = (
	("huaxin", "华信银行", "Finance", "Domestic", "A", "sales.zh", "zh", (("伟", "张", "信息科技部总经理", "zhang.wei"), ("丽", "陈", "项目负责人", "chen.li"))),
	("northwind", "Northwind Instruments", "Manufacturing", "International", "A", "sales", "en", (("Laura", "Stone", "Head of Operations", "laura.stone"), ("Peter", "Hall", "IT Lead", "peter.hall"))),
	("aurora", "Aurora Medical", "Medical", "International", "B", "sales", "en", (("Ines", "Carvalho", "Managing Director", "ines.carvalho"),)),
	("yuanhang", "远航制造集团", "Manufacturing", "Domestic", "B", "sales.zh", "zh", (("强", "刘", "生产总监", "liu.qiang"),)),
	("harbor", "Blue Harbor Logistics", "Services", "International", "B", "sales", "en", (("Mia", "Jensen", "COO", "mia.jensen"),)),
	("jiangnan", "江南软件园", "Government", "Domestic", "C", "sales.zh", "zh", (("敏", "赵", "园区主任", "zhao.min"),)),
	("summit", "Summit Retail", "Retail", "International", "C", "sales", "en", (("Olivia", "Grant", "CIO", "olivia.grant"),)),
	("haichuan", "宁波海川贸易", "Retail", "Domestic", "D", "sales.zh", "zh", (("磊", "孙", "总经理", "sun.lei"),)),
)

PRODUCTS = (
	("Project Suite", "DEMO-PS", "Software", 300_000),
	("Implementation Day", "DEMO-ID", "Services", 3_000),
	("Integration Package", "DEMO-IP", "Software", 80_000),
	("Maintenance Year", "DEMO-MY", "Services", 60_000),
)

# Open deals: customer, title, stage, amount, opened days ago, closes in days, next step, next step in days
OPEN_DEALS = (
	("harbor", "Warehouse control", "Quotation or Tender", 860_000, 55, 24, "Answer questions on the offer", 0),
	("summit", "Store analytics", "Solution and Demo", 420_000, 34, 45, "Second demo with the store managers", 2),
	("jiangnan", "园区一体化平台", "Negotiation", 1_650_000, 96, 12, "确认付款方式", -1),
	("haichuan", "外贸订单系统", "Requirement Clear", 260_000, 18, 60, "发送方案提纲", 1),
	("aurora", "Quality records", "First Contact", 300_000, 6, 80, "Call Ines about the audit", 0),
	("yuanhang", "二期产线看板", "First Contact", 540_000, 3, 90, "拜访生产总监", 3),
	("northwind", "Service portal", "Requirement Clear", 380_000, 21, 50, "Write down the acceptance criteria", 5),
)
LOST_DEALS = (
	("summit", "Loyalty app", 190_000, 140, 60, "Chose a Competitor", "They took the vendor of their cash desks."),
	("haichuan", "仓储小程序", 90_000, 120, 75, "No Budget", "预算推迟到明年。"),
	("harbor", "Route planning", 240_000, 200, 130, "Project Postponed", "A new COO wants to look again in spring."),
)

# Won deals with their project: customer, title, price, cost, won days ago, manager, template, type, and how far
PROJECTS = (
	("northwind", "Production planning", 1_200_000, 730_000, 150, "pm", "Standard Delivery", "Large Deal", "closed"),
	("huaxin", "信贷流程平台", 2_800_000, 1_900_000, 52, "pm.zh", "Standard Delivery", "Custom Requirement", "on_track"),
	("yuanhang", "产线看板一期", 760_000, 520_000, 75, "pm.zh", "Standard Delivery", "Custom Requirement", "late"),
	("aurora", "Device tracking", 640_000, 410_000, 5, "pm", "Standard Delivery", "Custom Requirement", "waiting"),
)

# customer, type, days ago, what was said, outcome, next step, next in days
TALKS = (
	("northwind", "Visit", 3, "Walked through the shop floor. Laura wants the service portal before summer and has the budget.", "Positive", "Send the outline of the portal", 4),
	("northwind", "Call", 20, "Peter asked whether two sites can share one plan. Yes, shown on the phone.", "Positive", "", None),
	("huaxin", "Meeting", 2, "张总对首版效果满意，希望增加审批统计报表。", "Positive", "评估报表需求", 3),
	("huaxin", "WeChat", 9, "陈丽询问测试环境账号，已开通。", "Neutral", "", None),
	("yuanhang", "Call", 6, "刘总监对延期不满，要求本周给出新的计划。", "Negative", "提交新计划", 1),
	("jiangnan", "Visit", 1, "赵主任确认本月签约，付款方式还需财务确认。", "Positive", "确认付款方式", 0),
	("harbor", "E-mail", 4, "Mia sent eleven questions on the offer; most about the hardware.", "Neutral", "Answer questions on the offer", 0),
	("aurora", "Call", 5, "Kick-off agreed for next week. Ines brings the quality manager.", "Positive", "", None),
	("summit", "Meeting", 8, "Demo for the buying team. The store managers want to see it, too.", "Positive", "Second demo with the store managers", 2),
)
