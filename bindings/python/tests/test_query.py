"""What a list is asked for, as a query string; and rows."""

import csv
import datetime
import io

import pytest

from netweave import field
from netweave.query import conditions, join, parameters, split
from netweave.rows import Columns, flatten


@pytest.mark.parametrize("where, wanted", [
    (field("extensions.cpu.cores") >= 32, [("extensions.cpu.cores[gte]", "32")]),
    ({"extensions.cpu.cores": (">=", 32)}, [("extensions.cpu.cores[gte]", "32")]),
    ({"resource_type_id": ["a", "b"]}, [("resourceTypeId[in]", "a"), ("resourceTypeId[in]", "b")]),
    ({"name": "x", "extensions.on": True}, [("name[eq]", "x"), ("extensions.on[eq]", "true")]),
    ({"name": ("=~", "^a.*")}, [("name[regex]", "^a.*")]),
    ((field("a") > 1) & (field("a") < 2.5) & (field("b") != "x"), [("a[gt]", "1"), ("a[lt]", "2.5"), ("b[ne]", "x")]),
    ((field("a") == 1) & ((field("b") <= 2) & field("c").contains("x")), [("a[eq]", "1"), ("b[lte]", "2"),
                                                                         ("c[contains]", "x")]),
    ([field("name").matches("a|b"), field("name").not_in(["a"])], [("name[regex]", "a|b"), ("name[nin]", "a")]),
    (field("extensions", "labels", "topology.kubernetes.io/zone") == "a",
     [('extensions.labels["topology.kubernetes.io/zone"][eq]', "a")]),
    (field("createdAt") < datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc),
     [("createdAt[lt]", "2026-01-02T00:00:00+00:00")]),
    (field("name").is_in(iter("ab")), [("name[in]", "a"), ("name[in]", "b")]),
    (None, []),
])
def test_operators_of_v2(where, wanted):
    assert parameters("v2", where, {}) == parameters("v3", where, {}) == wanted


def test_a_comma_in_a_value_is_no_separator():
    assert parameters("v2", {"a": ["b,c"]}, {}) == [("a[eq]", "b,c")]
    assert parameters("v2", field("a").not_in(["b,c", "d"]), {}) == [("a[ne]", "b,c"), ("a[ne]", "d")]
    with pytest.raises(ValueError, match="comma"):
        parameters("v2", {"a": ["b,c", "d"]}, {})


def test_both_is_never_sent_where_the_api_reads_either():
    one, other = field("vendor").is_in(["a", "b"]), field("vendor").is_in(["b", "c"])
    for version, where, query in (("v2", one & other, {}), ("v1", one & other, {}), ("v1", one, {"vendor": "b"}),
                                  ("v1", (field("vendor") == "a") & (field("vendor") == "b"), {})):
        with pytest.raises(ValueError, match="twice"):
            parameters(version, where, query)
    assert len(parameters("v2", one & (field("vendor") == "b") & field("vendor").not_in(["c"]), {"vendor": "b"})) == 5


@pytest.mark.parametrize("wrong, told", [
    ({"a": ("~~", 1)}, "no operator"), ({"a": ("in", "text")}, "takes a list"), ({"a": []}, "at least one"),
    ({"a": None}, "can't be compared with None"), ({"a": {"b": 1}}, "can't be compared"),
    ({"": 1}, "must not be empty"), ({"a": (1, 2, 3)}, "a pair"), ({"a..b": 1}, "is no path"),
    ({'a["b': 1}, "is no path"),
    ({"a": datetime.datetime(2026, 1, 1)}, "zone"),
])
def test_a_wrong_condition_says_what_to_change(wrong, told):
    with pytest.raises(ValueError, match=told):
        conditions(wrong)


def test_what_the_api_can_not_say_is_an_error_and_never_silently_something_else():
    one = field("a") == 1
    for use in (lambda: one | one, lambda: ~one, lambda: bool(one), lambda: 1 < field("a") < 3,
                lambda: conditions([one, "b"]), lambda: hash(field("a"))):
        with pytest.raises(TypeError):
            use()
    with pytest.raises(TypeError, match="colour"):
        parameters("v2", None, {"colour": "red"})


def test_v1_says_what_it_can():
    where = [field("vendor") == "x", field("resourceTypeId").is_in(["a", "b"]), field("extensions.labels.role") == "du"]
    assert parameters("v1", where, {"labels": {"zone": "a"}, "location": "berlin", "limit": 5}) == [
        ("vendor", "x"), ("resourceTypeId", "a"), ("resourceTypeId", "b"), ("location", "berlin"), ("limit", "5"),
        ("labels", "role:du,zone:a")]


@pytest.mark.parametrize("where, told", [
    (field("extensions.cpu.cores") >= 32, 'version="v2"'), (field("vendor") != "x", 'version="v2"'),
    (field("name") == "x", 'version="v2"'), (field("location") == "berlin", "location="),
    (field("oCloudId").is_in(["a", "b"]), 'version="v2"'), (field("extensions.labels.a") == "b,c", "where=field"),
])
def test_v1_refuses_the_rest_and_says_what_to_do(where, told):
    with pytest.raises(ValueError, match=told):
        parameters("v1", where, {})


def test_order_and_fields():
    several = {"sort": ["name", "-extensions.cpu.cores"]}
    assert parameters("v2", None, several) == [("sort", "name,-extensions.cpu.cores")]
    assert parameters("v1", None, {"sort": "-resource_id"}) == [("sortBy", "resourceId"), ("sortOrder", "desc")]
    assert parameters("v2", None, {"explain": True, "limit": 5}) == [("explain", "true"), ("limit", "5")]
    with pytest.raises(ValueError, match="one key"):
        parameters("v1", None, {"sort": ["a", "b"]})
    assert parameters("v1", None, {"fields": ["resource_type_id", "extensions.cpu"], "sort": None}) == [
        ("fields", "resourceTypeId,extensions.cpu")]


@pytest.mark.parametrize("segments", [["a"], ["a", "b.c", "d"], ["x", 'quo"te', "back\\slash", "[0]"], ["a", "ö", ""]])
def test_paths_split_as_they_were_joined(segments):
    assert split(join(segments)) == segments


RESOURCE = {"resourceId": "r", "extensions": {"cpu": {"cores": 8}, "labels": {"a.b/c": "x"}, "none": {},
                                              "disks": [{"gb": 1}, {"gb": 2}], "nothing": None}}


def test_rows_are_flat_under_paths_that_a_filter_takes():
    assert flatten(RESOURCE) == {
        "resourceId": "r", "extensions.cpu.cores": 8, 'extensions.labels["a.b/c"]': "x",
        "extensions.disks": [{"gb": 1}, {"gb": 2}], "extensions.nothing": None}


def test_columns_are_those_asked_for_in_order():
    columns = Columns(["extensions.cpu.cores", "resource_id", 'extensions.labels["a.b/c"]', "extensions.disks.gb",
                       "x.y"])
    assert columns.fields == ["extensions.cpu.cores", "resourceId", "extensions.labels", "extensions.disks.gb", "x.y"]
    assert list(columns.row(RESOURCE).items()) == [
        ("extensions.cpu.cores", 8), ("resource_id", "r"), ('extensions.labels["a.b/c"]', "x"),
        ("extensions.disks.gb", [1, 2]), ("x.y", None)]
    with pytest.raises(ValueError, match="columns"):
        Columns([])


def test_rows_of_a_gateway_make_a_table(client):
    columns = ["resourceId", "extensions.cpu.cores", "extensions.labels.zone"]
    rows = list(client.resources.rows(columns, limit=10, resource_pool_id="sim-pool-0000"))
    assert rows and all(list(row) == columns and row["extensions.cpu.cores"] > 0 for row in rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writerows(rows)
    assert len(text.getvalue().splitlines()) == len(rows)


def test_pandas_takes_them(client):
    pandas = pytest.importorskip("pandas")  # tests/requirements.txt has it
    frame = pandas.DataFrame(client.resources.rows())
    assert len(frame) == 25 and frame["extensions.cpu.cores"].dtype.kind == "i"
    again = client.resources.to_frame(["resourceId", "extensions.cpu.cores"], sort="-extensions.cpu.cores")
    assert list(again.columns) == ["resourceId", "extensions.cpu.cores"]
    assert again["extensions.cpu.cores"].is_monotonic_decreasing
    assert again["extensions.cpu.cores"].sum() == frame["extensions.cpu.cores"].sum()
    assert list(client.resources.to_frame(["resourceId"], resource_pool_id="none").columns) == ["resourceId"]


def test_without_pandas_it_says_what_to_install(client, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        client.resources.to_frame()
