"""Reading files, telling what columns hold and proposing what words mean: no site needed."""

import datetime
import io

import pytest

pytest.importorskip("rapidfuzz")
pytest.importorskip("chardet")

from sales_crm_pm.importing.detect import detect_column, parse_boolean, parse_date, parse_number
from sales_crm_pm.importing.matching import Field, bucket, suggest_columns, suggest_value
from sales_crm_pm.importing.parse import UnreadableFile, column_letter, read_table
from sales_crm_pm.importing.synonyms import SYNONYMS
from sales_crm_pm.rules.rates import win_rate


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_is_read_in_every_usual_encoding(encoding):
	table = read_table("客户名称,行业\n上海贝尔电话设备,通信\n北京某某有限公司,金融\n".encode(encoding))
	assert table.columns == ["客户名称", "行业"]
	assert table.rows[1] == ["北京某某有限公司", "金融"]


def test_western_accents_are_not_taken_for_chinese():
	table = read_table("Name;Stadt\nMüller & Söhne;Köln\nGroß;Zürich\n".encode("cp1252"))
	assert table.rows[0] == ["Müller & Söhne", "Köln"]
	assert table.delimiter == ";"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_even_when_cells_contain_others(delimiter):
	lines = ["name", "note"], ['"a, b; c | d"', "x"], ["e", "y"]
	table = read_table("\n".join(delimiter.join(line) for line in lines).encode())
	assert table.columns == ["name", "note"]
	assert table.rows == [["a, b; c | d", "x"], ["e", "y"]]


def test_row_numbers_count_as_a_spreadsheet_does():
	table = read_table(b'Export of today\n\nname,note\nA,"two\nlines"\n\n,\nB,x\n')
	assert table.columns == ["name", "note"]
	assert [row[0] for row in table.rows] == ["A", "B"]
	assert table.row_numbers == [4, 7]


def test_headers_get_names_of_their_own():
	table = read_table(b"name,,name\na,b,c\n")
	assert table.columns == ["name", "Column B", "name (2)"]
	assert [column_letter(i) for i in (0, 25, 26, 702)] == ["A", "Z", "AA", "AAA"]


def test_workbook_keeps_types_and_offers_its_sheets():
	openpyxl = pytest.importorskip("openpyxl")
	book = openpyxl.Workbook()
	book.active.title = "Empty"
	sheet = book.create_sheet("Deals")
	sheet.append(["name", "closed", "value"])
	sheet.append(["A", datetime.datetime(2017, 3, 1), 12.5])
	stream = io.BytesIO()
	book.save(stream)
	table = read_table(stream.getvalue())
	assert (table.sheet, table.sheets) == ("Deals", ["Empty", "Deals"])
	assert table.rows == [["A", datetime.datetime(2017, 3, 1), 12.5]]
	with pytest.raises(UnreadableFile, match="no_sheet"):
		read_table(stream.getvalue(), sheet="Other")


@pytest.mark.parametrize(
	("content", "name", "reason"),
	[
		(b"  \n", "x.csv", "empty"),
		(b"a,b\n", "x.csv", "no_rows"),
		(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "x.xls", "old_excel"),
		(b"PK\x03\x04broken", "x.xlsx", "damaged"),
		(b"a\x00b,c\n1,2\n", "x.csv", "binary"),
	],
)
def test_unreadable_files_say_why(content, name, reason):
	with pytest.raises(UnreadableFile) as caught:
		read_table(content, name)
	assert caught.value.reason == reason


@pytest.mark.parametrize(
	("cells", "kind", "date_format"),
	[
		(["2017-03-01", "2016-12-31"], "date", "%Y-%m-%d"),
		(["31.12.2016", "01.03.2017"], "date", "%d.%m.%Y"),
		(["12/31/2016", "03/01/2017"], "date", "%m/%d/%Y"),
		(["2017年3月1日", "2016年12月31日"], "date", "%Y年%m月%d日"),
		(["2017-03-01 10:30:00"], "datetime", "%Y-%m-%d %H:%M:%S"),
		(["20170301", "20161231"], "date", "%Y%m%d"),
		(["12345678", "87654321"], "integer", None),
		(["1,234.50", "¥99"], "number", None),
		(["yes", "no", "Yes"], "boolean", None),
		(["a@b.cn", "c@d.com"], "email", None),
		(["a", "1"], "text", None),
		([None, None], "empty", None),
	],
)
def test_kinds_of_columns(cells, kind, date_format):
	found = detect_column(cells)
	assert (found.kind, found.date_format) == (kind, date_format)


def test_ambiguous_dates_offer_the_other_reading():
	assert detect_column(["03/04/2017", "05/06/2017"]).other_date_format == "%m/%d/%Y"
	assert detect_column(["03/04/2017", "25/06/2017"]).other_date_format is None


def test_a_few_bad_cells_do_not_turn_dates_into_text():
	assert detect_column(["2017-03-01", "2017-03-02", "soon"]).date_format == "%Y-%m-%d"
	assert detect_column(["03/04/2017", "05/06/2017", "06/25/2017"]).date_format == "%m/%d/%Y"
	assert detect_column([*(f"2017-01-{day:02}" for day in range(1, 29)), "soon"]).kind == "date"


@pytest.mark.parametrize(
	("text", "comma", "number"),
	[
		("1,234.50", False, 1234.5),
		("1.234,50", True, 1234.5),
		("1 234,50", True, 1234.5),
		("¥1,200", False, 1200),
		("(300)", False, -300),
		("12%", False, 12),
		("3.5万", False, 35000),
		("1.2亿元", False, 120000000),
		("-7", False, -7),
		("n/a", False, None),
		("12abc", False, None),
	],
)
def test_numbers(text, comma, number):
	assert parse_number(text, comma) == number


def test_decimal_comma_is_told_by_the_column():
	assert detect_column(["1.234,50", "99,00"]).decimal_comma
	assert not detect_column(["1,234.50", "99.00"]).decimal_comma


def test_dates_from_cells_and_day_numbers():
	assert parse_date(42795).date() == datetime.date(2017, 3, 1)
	assert parse_date("01.03.2017", "%d.%m.%Y").date() == datetime.date(2017, 3, 1)
	assert parse_date("2017-03-01", "%d.%m.%Y").date() == datetime.date(2017, 3, 1)
	assert parse_date("soon") is None
	assert (parse_boolean("是"), parse_boolean("no"), parse_boolean("perhaps")) == (1, 0, None)


FIELDS = {
	"SPM Opportunity": [
		Field("title", "Title", "Data", reqd=True),
		Field("customer", "Customer", "Link", "SPM Customer", True),
		Field("stage", "Stage", "Link", "SPM Stage"),
		Field("opportunity_owner", "Owner", "Link", "User"),
		Field("product", "Product", "Link", "SPM Product"),
		Field("amount", "Amount", "Currency"),
		Field("opened_on", "Opened On", "Date"),
		Field("closed_on", "Closed On", "Date"),
		Field("external_id", "ID in Source System", "Data"),
	]
}


def suggested(columns: dict) -> dict:
	kinds = [detect_column(cells) for cells in columns.values()]
	found = suggest_columns("SPM Opportunity", list(columns), kinds, FIELDS["SPM Opportunity"])
	return {column: s.fieldname if s else None for column, s in found.items()}


def test_english_headers_are_recognised():
	assert suggested(
		{
			"opportunity_id": ["A1"],
			"sales_agent": ["Moses"],
			"account": ["Cancity"],
			"deal_stage": ["Won"],
			"engage_date": ["2017-01-01"],
			"close_date": ["2017-02-01"],
			"close_value": ["100"],
			"weather": ["rain"],
		}
	) == {
		"opportunity_id": "external_id",
		"sales_agent": "opportunity_owner",
		"account": "customer",
		"deal_stage": "stage",
		"engage_date": "opened_on",
		"close_date": "closed_on",
		"close_value": "amount",
		"weather": None,
	}


def test_chinese_headers_are_recognised():
	assert suggested(
		{"商机名称": ["甲"], "客户": ["乙"], "销售阶段": ["赢单"], "金额": ["10万"], "负责人": ["张三"]}
	) == {
		"商机名称": "title",
		"客户": "customer",
		"销售阶段": "stage",
		"金额": "amount",
		"负责人": "opportunity_owner",
	}


def test_a_field_is_proposed_once_and_only_for_fitting_values():
	found = suggested({"amount": ["10"], "value": ["20"], "close date": ["never"]})
	assert list(found.values()).count("amount") == 1
	assert found["close date"] is None


def test_every_synonym_belongs_to_one_field_first():
	for doctype, fields in SYNONYMS.items():
		firsts = [words[0] for words in fields.values()]
		assert len(firsts) == len(set(firsts)), doctype


@pytest.mark.parametrize(
	("word", "choices", "proposal"),
	[
		("GTXPro", ["GTX Basic", "GTX Pro", "MG Special"], "GTX Pro"),
		("technolgy", ["Technology", "Finance"], "Technology"),
		("Philipines", ["Philippines", "Poland"], "Philippines"),
		("Closed Won", ["Open", "Won", "Lost"], "Won"),
		("赢单", ["Open", "Won", "Lost"], "Won"),
		("GTK", ["GTX", "MG"], None),
		("Plan 2016", ["Plan 2017"], None),
		("entirely different", ["Technology"], None),
		("x", [], None),
	],
)
def test_misspelt_words(word, choices, proposal):
	assert suggest_value(word, choices)[0] == proposal


def test_numbers_fall_into_ranges():
	ranges = ["1-10", "11-50", "51-200", "201-500", "501-1000", "1000+"]
	assert [bucket(n, ranges) for n in (9, 50, 495, 1000, 2822)] == [
		"1-10",
		"11-50",
		"201-500",
		"501-1000",
		"1000+",
	]
	assert bucket(5, ["Company", "Partner"]) is None


def test_win_rate():
	assert win_rate(4238, 2473) == pytest.approx(63.15, abs=0.005)
	assert win_rate(0, 0) is None
