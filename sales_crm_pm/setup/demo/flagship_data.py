"""The plan of the flagship project: a bank's new credit core, with names in both languages as the team writes them.

Offsets and lengths are working days from the start; about 150 of them, of which 66 have passed.
"""

TITLE = "新一代信贷核心系统 · New Credit Core"
CUSTOMER = "huaxin"
PRICE = 6_800_000
WON_DAYS_AGO = 97
STARTED_DAYS_AGO = 92

INIT, DESIGN, BUILD, TEST, LIVE, RUN = (
	"启动 · Initiation",
	"需求与设计 · Requirements and design",
	"开发 · Build",
	"测试 · Test",
	"上线 · Go-live",
	"运维移交 · Hand-over",
)

GOALS = """上线后贷款审批由 5 天缩短到 1 天。
Loan decisions in one day instead of five; the old core is switched off by year end."""
SCOPE = """客户、额度、合同、放款、还款、贷后六个模块;与核心账务、征信、影像三个系统的接口;42 家支行的数据迁移。
Six modules (customer, limit, contract, disbursement, repayment, monitoring), three interfaces, migration of 42 branches."""
OUT_OF_SCOPE = """零售信用卡、硬件与网络、外围报表平台。
Retail cards, hardware and network, the reporting platform."""
CRITERIA = """约定的 612 个测试用例全部通过,连续 30 天试运行无一级缺陷。
All 612 agreed test cases passed; 30 days of trial operation without a severity-1 fault."""
HANDOFF = """承诺:投产前为每家支行培训两名内训师。未决:征信接口由人行批复后开放。风险:客户方数据质量未知。
Promised: two trainers per branch before go-live. Open: credit bureau interface after the central bank's approval. Feared: data quality."""

# role of the template, RACI, share, who takes it
ROLES = (
	("Project Manager", "Accountable", 80, "pm.zh"),
	("Solution Architect", "Responsible", 50, "architect"),
	("Business Analyst", "Responsible", 80, "analyst"),
	("Engineer", "Responsible", 100, "engineer.zh"),
	("Tester", "Responsible", 60, "tester"),
	("Trainer", "Consulted", 20, "delivery"),
)
PM, ARCH, BA, DEV, QA, TRAIN = (row[0] for row in ROLES)

# title, phase, day, weight, type, whose, criteria, deliverables, visible, needs acceptance
MILESTONES = (
	("启动会召开 · Kick-off held", INIT, 4, 1, "Decision", PM, "启动会纪要签字 · Minutes signed\n沟通机制确认 · Ways of working agreed", "启动会纪要 · Kick-off minutes", 1, 1),
	("需求规格确认 · Requirements signed", DESIGN, 24, 2, "Delivery", BA, "六个模块需求签字 · Six modules signed off\n接口需求确认 · Interface needs agreed", "需求规格说明书 · Requirements specification\n原型 · Prototype", 1, 1),
	("总体设计评审通过 · Design approved", DESIGN, 40, 2, "Decision", ARCH, "架构评审通过 · Architecture reviewed\n安全评审通过 · Security reviewed\n数据迁移方案确认 · Migration concept agreed", "总体设计 · System design\n迁移方案 · Migration concept", 1, 1),
	("核心版本 R1 交付 · Release R1 delivered", BUILD, 74, 4, "Delivery", DEV, "R1 范围功能可演示 · Scope of R1 demonstrated\n单元测试覆盖 80% · Unit tests cover 80 %\n无一级缺陷 · No severity-1 fault", "R1 安装包 · R1 build\n版本说明 · Release notes", 1, 1),
	("全部功能完成 · All functions complete", BUILD, 100, 4, "Delivery", DEV, "全部模块联调通过 · All modules integrated\n接口联通 · Interfaces connected", "R2 安装包 · R2 build\n接口测试报告 · Interface report", 1, 1),
	("用户验收通过 · User acceptance passed", TEST, 122, 3, "Delivery", QA, "612 个用例通过 · 612 cases passed\n性能达标 · Load targets met", "验收测试报告 · Acceptance report\n性能测试报告 · Load report", 1, 1),
	("正式上线 · Go-live", LIVE, 134, 3, "Delivery", PM, "数据迁移核对一致 · Migrated data reconciled\n上线检查表完成 · Go-live checklist complete", "上线报告 · Go-live report", 1, 1),
	("最终验收 · Final acceptance", RUN, 156, 2, "Payment", PM, "试运行 30 天无一级缺陷 · 30 days without severity-1 fault\n运维移交签字 · Hand-over signed", "终验证书 · Final certificate\n运维手册 · Operations manual", 1, 1),
)
M1, M2, M3, M4, M5, M6, M7, M8 = (row[0] for row in MILESTONES)

# subject, milestone, phase, start, days, hours, waits for (row numbers), role, part of row, visible, checklist
TASKS = (
	("项目启动 · Initiation", M1, INIT, 0, 5, 0, "", PM, 0, 0, ""),
	("销售移交与合同研读 · Read contract and hand-over", M1, INIT, 0, 2, 12, "", PM, 1, 0, "承诺清单核对 · Promises checked\n范围边界核对 · Exclusions checked"),
	("组建团队、开通权限 · Team and access", M1, INIT, 1, 3, 10, "2SS+1", PM, 1, 0, ""),
	("启动会 · Kick-off meeting", M1, INIT, 4, 1, 14, "2,3", PM, 1, 1, "议程发出 · Agenda sent\n纪要签字 · Minutes signed"),
	("需求分析 · Requirements", M2, DESIGN, 5, 20, 0, "", BA, 0, 0, ""),
	("客户与额度模块调研 · Customer and limit workshops", M2, DESIGN, 5, 6, 56, "4", BA, 5, 1, ""),
	("合同与放款模块调研 · Contract and disbursement workshops", M2, DESIGN, 8, 6, 56, "6SS+3", BA, 5, 1, ""),
	("还款与贷后模块调研 · Repayment and monitoring workshops", M2, DESIGN, 11, 6, 56, "7SS+3", BA, 5, 1, ""),
	("原型制作 · Prototype", M2, DESIGN, 12, 8, 64, "6", BA, 5, 1, ""),
	("需求规格编写与评审 · Specification and review", M2, DESIGN, 18, 7, 60, "8,9FF+1", BA, 5, 1, "六个模块签字 · Six modules signed"),
	("总体设计 · System design", M3, DESIGN, 18, 23, 0, "", ARCH, 0, 0, ""),
	("系统架构设计 · Architecture", M3, DESIGN, 18, 9, 72, "10SS", ARCH, 11, 0, ""),
	("数据模型设计 · Data model", M3, DESIGN, 24, 8, 60, "10SS+6", ARCH, 11, 0, ""),
	("接口设计(账务、征信、影像) · Interface design", M3, DESIGN, 27, 8, 64, "12", ARCH, 11, 0, ""),
	("数据迁移方案 · Migration concept", M3, DESIGN, 32, 6, 40, "13", ARCH, 11, 0, ""),
	("设计评审与定稿 · Design review", M3, DESIGN, 38, 3, 24, "14,15", ARCH, 11, 1, "安全意见关闭 · Security findings closed"),
	("开发 R1 · Build release R1", M4, BUILD, 25, 50, 0, "", DEV, 0, 0, ""),
	("开发环境与流水线 · Environments and pipeline", M4, BUILD, 25, 5, 36, "12SS+7", DEV, 17, 0, ""),
	("客户与额度模块 · Customer and limit module", M4, BUILD, 41, 20, 180, "16,18", DEV, 17, 0, ""),
	("合同与放款模块 · Contract and disbursement module", M4, BUILD, 46, 22, 200, "19SS+5", DEV, 17, 0, ""),
	("与核心账务接口 · Ledger interface", M4, BUILD, 50, 18, 140, "16", DEV, 17, 0, ""),
	("R1 集成与内部测试 · R1 integration and internal test", M4, BUILD, 67, 6, 80, "19,20,21FS-1", QA, 17, 0, ""),
	("R1 演示与交付 · R1 demo and delivery", M4, BUILD, 73, 2, 20, "22", DEV, 17, 1, "演示脚本 · Demo script\n版本说明 · Release notes"),
	("开发 R2 · Build release R2", M5, BUILD, 70, 31, 0, "", DEV, 0, 0, ""),
	("还款模块 · Repayment module", M5, BUILD, 70, 18, 160, "20FS+2", DEV, 24, 0, ""),
	("贷后管理模块 · Monitoring module", M5, BUILD, 75, 18, 150, "23", DEV, 24, 0, ""),
	("征信接口 · Credit bureau interface", M5, BUILD, 75, 14, 110, "23", DEV, 24, 0, "人行批复 · Central bank's approval"),
	("影像接口 · Document archive interface", M5, BUILD, 80, 12, 80, "27SS+5", DEV, 24, 0, ""),
	("全模块联调 · Integration of all modules", M5, BUILD, 93, 7, 90, "25,26,27,28", DEV, 24, 0, ""),
	("测试 · Test", M6, TEST, 60, 63, 0, "", QA, 0, 0, ""),
	("测试方案与 612 个用例 · Test plan and 612 cases", M6, TEST, 60, 15, 110, "16FS+19", QA, 30, 1, ""),
	("系统测试 · System test", M6, TEST, 100, 10, 120, "29,31", QA, 30, 0, ""),
	("性能与安全测试 · Load and security test", M6, TEST, 103, 8, 70, "32SS+3", QA, 30, 0, ""),
	("用户验收测试 · User acceptance test", M6, TEST, 111, 12, 80, "32,33FF+5", QA, 30, 1, "测试环境就绪 · Environment ready\n业务人员到位 · Users available"),
	("上线准备 · Prepare go-live", M7, LIVE, 76, 59, 0, "", PM, 0, 0, ""),
	("迁移程序开发与演练 · Migration programs and rehearsal", M7, LIVE, 76, 25, 160, "15FS+36", DEV, 35, 0, "42 家支行数据核对 · 42 branches reconciled"),
	("培训 84 名内训师 · Train 84 trainers", M7, LIVE, 112, 10, 64, "34SS+1", TRAIN, 35, 1, ""),
	("上线切换 · Cut-over", M7, LIVE, 128, 7, 60, "34FS+5,36,37", PM, 35, 1, "回退方案演练 · Roll-back rehearsed\n值班表 · Duty roster"),
	("试运行保障 · Trial operation", M8, RUN, 135, 20, 100, "38", DEV, 0, 1, ""),
	("运维移交 · Hand-over to service", M8, RUN, 147, 8, 40, "39SS+12", PM, 0, 0, "运维手册 · Operations manual\n服务级别确认 · Service levels agreed"),
	("终验 · Final acceptance", M8, RUN, 155, 2, 16, "39,40", PM, 0, 1, ""),
)

# kind, what, role, hours, rate, quantity, unit cost, percent
ESTIMATE = (
	("Labour", "项目管理 · Project management", PM, 1_150, 420, 1, 0, 0),
	("Labour", "架构与设计 · Architecture and design", ARCH, 620, 480, 1, 0, 0),
	("Labour", "需求分析 · Business analysis", BA, 980, 360, 1, 0, 0),
	("Labour", "开发 · Development", DEV, 4_200, 330, 1, 0, 0),
	("Labour", "测试 · Test", QA, 1_350, 300, 1, 0, 0),
	("Labour", "培训 · Training", TRAIN, 300, 280, 1, 0, 0),
	("Purchase", "中间件许可 · Middleware licences", None, 0, 0, 4, 65_000, 0),
	("Subcontract", "性能测试外包 · Load test by a partner", None, 0, 0, 1, 120_000, 0),
	("Travel", "驻场与差旅 · On-site and travel", None, 0, 0, 9, 18_000, 0),
	("Contingency", "应急储备 · Contingency", None, 0, 0, 1, 0, 6),
)
