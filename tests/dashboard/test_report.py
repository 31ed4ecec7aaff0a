"""The report of the home page: one file that needs nothing else."""

import re

import pytest

pytestmark = pytest.mark.slow


def test_report_is_saved_and_stands_by_itself(page, visitors, tmp_path):
    page.goto("/?scenario=local_shock&replicates=10")
    page.locator(".ca-finding").filter(has_text="over 10 crises").wait_for()
    said = page.locator(".ca-finding").inner_text()
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="Report").click()
    path = tmp_path / "report.html"
    download.value.save_as(path)
    text = path.read_text(encoding="utf-8")
    assert said in text
    assert not re.search(r"""(src|href)=["']?https?:""", text)
    assert "<script" not in text


def test_a_crisis_explained_is_saved_too(page, tmp_path):
    page.goto("/why?scenario=local_shock&replicates=10&chosen=north_hospital_1")
    finding = page.locator(".ca-finding").filter(has_text="goes back to one root")
    finding.wait_for()
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="Report").click()
    download.value.save_as(tmp_path / "why.html")
    text = (tmp_path / "why.html").read_text(encoding="utf-8")
    assert finding.inner_text() in text
    assert "Hospital 1, north, strained from day 26" in text


def test_a_table_is_saved_as_csv(page, tmp_path):
    page.goto("/?scenario=local_shock&replicates=10")
    page.locator(".ca-finding").filter(has_text="over 10 crises").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV: Every outcome").click()
    download.value.save_as(tmp_path / "outcomes.csv")
    lines = (tmp_path / "outcomes.csv").read_text().splitlines()
    assert lines[0].startswith("outcome,title,unit")
    assert len(lines) > 15


def test_a_link_reopens_the_same_view(visitors):
    one = visitors().page
    one.goto("/?scenario=ample&agenda=0.5&replicates=10&seed=7&day=12")
    one.locator(".ca-finding").filter(has_text="over 10 crises").wait_for()
    other = visitors().page
    other.goto(one.url)
    other.locator(".ca-finding").filter(has_text="over 10 crises").wait_for()
    assert other.locator(".ca-finding").inner_text() == one.locator(".ca-finding").inner_text()
    assert other.get_by_label("Common agenda", exact=True).input_value() == "0.5"
