"""How good the feeds are: evaluations as charts and as tables, and what there is without any."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page, expect

from jophiel.api.authentication import issue_token
from tests.api.conftest import CLOSED, SECRET
from tests.page.test_access import FAINT
from tests.sql.models.trained import activate, put_model

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from tests.api.conftest import Served


def interval(mean: float, half: float = 0.01) -> dict[str, float]:
    return {"mean": mean, "low": mean - half, "high": mean + half}


def quality(ndcg: float) -> dict[str, Any]:
    accuracy = {name: interval(ndcg * factor) for name, factor in (("ndcg", 1), ("recall", 2), ("mrr", 0.9))}
    accuracy["hit_rate"] = interval(ndcg * 3)
    return {
        **accuracy,
        "coverage": 0.21,
        "novelty": 7.25,
        "diversity": 0.6,
        "gini": 0.5,
        "by_history": {
            "1 to 4": {"users": 40, **accuracy},
            "5 to 19": {"users": 60, **accuracy},
            "20 and more": {"users": 0},
        },
        "cold_items": {"users": 0},
        "without_feed": 0,
    }


def evaluation(split: str = "temporal", **worth: float) -> str:
    qualities = {name.replace("_", " "): quality(ndcg) for name, ndcg in worth.items()}
    ours = worth["hybrid"]
    differences = {}
    for name, found in qualities.items():
        if name == "hybrid":
            continue
        by = ours - found["ndcg"]["mean"]
        verdict = "no difference" if abs(by) < 0.01 else "better" if by > 0 else "worse"
        differences[name] = {"ndcg": interval(by), "recall": interval(2 * by), "verdict": verdict}
    return json.dumps(
        {
            "split": split,
            "model": "svd+ease",
            "users": 100,
            "train_events": 4000,
            "test_events": 1000,
            "items": 400,
            "qualities": qualities,
            "differences": differences,
            "worse_than": [name for name, one in differences.items() if one["verdict"] == "worse"],
        }
    )


def test_evaluations_are_shown(site: Served, open_page: Callable[..., Page], sql: psycopg.Connection[Any]) -> None:
    page = open_page(f"{site.address}/#/")
    page.get_by_role("link", name="Quality").click()
    main = page.locator("main")
    expect(main).to_contain_text("No evaluation yet")
    expect(main).to_contain_text("jophiel evaluate")
    expect(main).to_contain_text("Nothing was trained yet")

    keep = "select jophiel._keep_evaluation('{}', %s)"
    sql.execute(keep, (evaluation("leave-one-out", hybrid=0.09, popularity=0.2),))
    sql.execute(keep, (evaluation(hybrid=0.124, popularity=0.122, content=0.018, collaborative=0.07, in_use=0.15),))
    activate(sql, put_model(sql, {1: ([1.0], [1.0])}))
    sql.execute("update jophiel.models set metrics = %s", (json.dumps({"chosen": {"ndcg": 0.2, "recall": 0.4}}),))
    sql.execute(
        "insert into jophiel.models (model_id, name, state, error, created_at) "
        "values (gen_random_uuid(), 'als', 'failed', 'ImportError: no implicit <i>here</i>', now())"
    )
    page.reload()
    verdict = page.locator("#verdict")
    expect(verdict).to_contain_text(
        "These feeds are better than content alone and collaborative alone, and not clearly different from popularity, "
        "and worse than the model in use."
    )
    expect(verdict).to_contain_text("4,000 events learnt from, 1,000 to foretell")
    # Ours first, the others from the best to the worst, each with its interval in words.
    accuracy = page.locator("#accuracy li")
    expect(accuracy.locator(".term")).to_have_text(
        ["These feeds", "Model in use", "Popularity", "Collaborative alone", "Content alone"]
    )
    expect(accuracy.first.locator(".value")).to_contain_text("0.124between 0.114 to 0.134")
    # The picture agrees with the words: a better mean is further to the right, and the bar holds the dot.
    places = accuracy.evaluate_all(
        "rows => rows.map(row => ['dot', 'band'].flatMap(kind => "
        "['x1', 'x2'].map(name => +row.querySelector(`line.${kind}`).getAttribute(name))))"
    )
    dots = [place[0] for place in places]
    assert dots[1] > dots[0] > dots[2] > dots[3] > dots[4] >= 0
    assert all(low <= dot <= high for dot, _, low, high in places)
    expect(page.locator("#differences li")).to_contain_text(["worse", "unclear", "better", "better"])
    expect(page.locator("#differences li strong")).to_have_text(["\u22120.026", "+0.002", "+0.054", "+0.106"])
    expect(page.locator("#differences li .term").first).to_have_text("Model in use")
    # By length of history, on one scale, without those of whom there are none.
    expect(page.locator("#histories h4")).to_have_text(["1 to 4 events · 40 users", "5 to 19 events · 60 users"])
    # Another metric, by keyboard.
    page.get_by_role("radio", name="NDCG@10").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="Recall@20, and simpler feeds beside it")).to_be_visible()
    expect(accuracy.first.locator("strong")).to_have_text("0.248")
    expect(page.get_by_role("radio", name="Recall@20")).to_be_focused()
    expect(page.locator("#histories h3")).to_have_text("Recall@20 by length of history")
    # All of it as tables, for who does not see charts.
    page.get_by_text("All figures as tables").click()
    table = page.get_by_role("region", name="Accuracy, with intervals of 95 %")
    expect(table.locator("tbody tr").first).to_contain_text("0.124 (0.114 to 0.134)")
    expect(page.get_by_role("region", name="NDCG@10 by length of history").locator("tbody tr")).to_have_count(2)
    # Trainings, with what went wrong as text.
    trainings = page.locator("#trainings")
    expect(trainings.locator("[data-state=failed]")).to_contain_text("no implicit <i>here</i>")
    expect(trainings.locator("[data-state=active]")).to_contain_text("0.200")
    # Another evaluation.
    page.get_by_label("Evaluation").select_option(index=1)
    expect(verdict).to_contain_text("These feeds are worse than popularity.")
    expect(page.locator("#accuracy li")).to_have_count(2)


def test_on_a_phone_nothing_sticks_out(
    site: Served, open_page: Callable[..., Page], sql: psycopg.Connection[Any]
) -> None:
    sql.execute("select jophiel._keep_evaluation('{}', %s)", (evaluation(hybrid=0.124, popularity=0.122),))
    for scheme in ("light", "dark"):
        page = open_page(
            f"{site.address}/#/quality", viewport={"width": 360, "height": 740}, color_scheme=scheme, has_touch=True
        )
        expect(page.locator("#accuracy li")).to_have_count(2)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate(FAINT) == []
        # Every value stands within its panel.
        assert page.locator(".intervals .value").evaluate_all(
            "values => values.every(value => value.getBoundingClientRect().right <= 344)"
        )


def test_a_token_without_the_scope_is_told(world: str, serve_also: Callable[..., Served], browser: Any) -> None:
    served = serve_also(world, jwt_secret=SECRET)
    token = issue_token(CLOSED, user="25", scopes=("feed:read",), seconds=600)
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(f"{served.address}/docs")
        page.evaluate("token => sessionStorage.setItem('jophiel.token', token)", token)
        page.goto(f"{served.address}/#/quality")
        expect(page.locator("main")).to_contain_text("It needs the scope admin.")
    finally:
        context.close()


def test_a_training_that_waits_says_what_begins_it(
    site: Served, open_page: Callable[..., Page], sql: psycopg.Connection[Any]
) -> None:
    waiting = sql.execute("select jophiel.request_training() as id").fetchone()
    assert waiting is not None
    try:
        page = open_page(f"{site.address}/#/quality")
        row = page.locator("#trainings [data-state=queued]")
        expect(row.locator("th")).to_have_text("chosen by validation")
        expect(row).to_contain_text("waits")
        expect(page.locator("#trainings .command code")).to_have_text("jophiel batch run")
        page.get_by_role("link", name="Operator").click()
        expect(page.locator(".operator")).to_contain_text("A training that waits is begun by jophiel batch run")
        # Which is true: the button's batch leaves it where it is.
        page.get_by_role("button", name="Run the batch now").click()
        expect(page.locator("#batch-state")).to_contain_text("The last cycle ended")
        assert sql.execute("select state from jophiel.models where model_id = %s", (waiting.id,)).fetchone() == (
            "queued",
        )
    finally:
        sql.execute("delete from jophiel.models where model_id = %s", (waiting.id,))


def test_labels_break_between_words(site: Served, open_page: Callable[..., Page], sql: psycopg.Connection[Any]) -> None:
    found = evaluation(hybrid=0.124, popularity=0.122, content=0.018, collaborative=0.07, in_use=0.122)
    sql.execute("select jophiel._keep_evaluation('{}', %s)", (found,))
    for width in (1300, 1000, 390, 360):
        page = open_page(f"{site.address}/#/quality", viewport={"width": width, "height": 800})
        expect(page.locator("#accuracy li")).to_have_count(5)
        # A word that stands on two lines has two boxes.
        broken = page.locator(".intervals .term, .intervals .note").evaluate_all(
            """terms => terms.flatMap(term => [...term.textContent.matchAll(/\\S+/g)].filter(word => {
              const range = document.createRange();
              range.setStart(term.firstChild, word.index);
              range.setEnd(term.firstChild, word.index + word[0].length);
              return range.getClientRects().length > 1;
            }).map(word => word[0]))"""
        )
        assert broken == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
