"""The Weak links page: nothing before its button, progress, an end, an answer that stays."""

import csv

import pytest

pytestmark = pytest.mark.slow

ADDRESS = "/weak-links?scenario=local_shock&replicates=5&only=council"
PATIENCE = 90_000  # milliseconds: a process starts, some hundreds of runs


def test_weak_links_are_found_kept_and_taken_away(page, tmp_path):
    page.goto(ADDRESS)
    page.get_by_role("button", name="Look for weak links").click()
    finding = page.locator(".ca-finding").filter(has_text="Weakest: County council")
    finding.wait_for(timeout=PATIENCE)
    said = finding.inner_text()
    table = "Organisations knocked out: units of harm added to others"
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Save as CSV: {table}").click()
    download.value.save_as(tmp_path / "ranking.csv")
    with (tmp_path / "ranking.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert row["name"] == "County council"
    low = next(key for key in row if key.endswith("_low") and "siloed" not in key)
    mean, high = low.removesuffix("_low"), low.removesuffix("_low") + "_high"
    assert mean.startswith("added_")
    assert float(row[low]) <= float(row[mean]) <= float(row[high])
    with page.expect_download() as download:
        page.get_by_role("button", name="Report").click()
    download.value.save_as(tmp_path / "report.html")
    assert said in (tmp_path / "report.html").read_text(encoding="utf-8")
    page.reload()
    finding.wait_for()  # without another run
    page.locator("nav[aria-label=Why] a").first.click()
    page.wait_for_function("location.pathname === '/why'")
    assert "chosen=council" in page.url


def test_a_search_is_ended_by_its_button(page):
    page.goto("/weak-links?scenario=local_shock&replicates=100")
    page.get_by_role("button", name="Find whom to call first").click()
    page.locator(".ca-finding").filter(has_text="runs").wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Find whom to call first").wait_for()
    assert page.get_by_role("progressbar").count() == 0


def test_what_cannot_be_searched_is_told_with_the_way_out(page):
    page.goto("/weak-links?scenario=england")
    page.get_by_role("button", name="Look for weak links").click()
    problem = page.locator(".ca-problem")
    problem.wait_for(timeout=PATIENCE)
    told = problem.inner_text()
    assert told.startswith("this would take")
    assert told.endswith("choose one kind under Among, or fewer crises")
    page.get_by_role("button", name="Look for weak links").wait_for()


@pytest.mark.parametrize("only", ["no_such_kind", "../../etc/passwd"])
def test_a_kind_that_is_none_is_passed_over(page, only):
    page.goto(f"/weak-links?scenario=local_shock&only={only}")
    page.get_by_label("Among", exact=True).wait_for()
    assert page.get_by_label("Among", exact=True).input_value() == ""
