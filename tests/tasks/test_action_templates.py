"""Templates in an operator's words: what is filled in, what is refused, and that no value is ever source (HE3)."""

from __future__ import annotations

import pytest

from itmsctl.documents import template
from itmsctl.errors import InputError, TemplateError
from itmsctl.tasks.service.rendering import rendered
from itmsctl.tasks.step import Step
from itmsctl.values.typed import is_template


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{{ computer.name }}", True), ("{% if 1 %}{% endif %}", True), ("x{{", True),
        ("", False), ("${#list}", False), ("%{http_code}", False), ("{0.__class__} %n { {", False),
    ],
)  # fmt: skip
def test_what_is_a_template(text: str, found: bool) -> None:
    assert is_template(text) is found


KNOWN = {
    "computer": {"name": "web1", "site": None, "port": 22, "tags": {"env": "prod", "items": "x"}, "addresses": ["a"]}
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain", "plain"),
        ("{{ computer.name }}:{{ computer.port }}\n", "web1:22\n"),
        ("{{ computer.tags.env|upper }}", "PROD"),
        ("{{ computer.tags.items }}", "x"),
        ("{{ computer.tags['env'] }}", "prod"),
        ("{{ computer.site|default('none') }}", "none"),
        ("{% for a in computer.addresses %}{{ a }};{% endfor %}", "a;"),
        ("{{ '{{' }}", "{{"),
    ],
)
def test_templates_are_filled_in(text: str, wanted: str) -> None:
    assert template.render(text, KNOWN) == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ computer.site }}", "`computer.site` has no value"),
        ("{{ computer.nmae }}", "`computer.nmae` is not known"),
        ("{{ computer.tags.foo }}", "`computer.tags.foo` is not known"),
        ("{{ nobody }}", "nobody"),
        ("{{ computer.name", "is not a template"),
        ("{% include 'x' %}", "cannot be filled in"),
        ("{{ computer.name.__class__.__mro__ }}", "cannot be filled in"),
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "cannot be filled in"),
        ("{{ ''.__class__ }}", "cannot be filled in"),
        ("{{ '{0.__class__}'.format(computer) }}", "cannot be filled in"),
        ("{{ computer._values }}", "cannot be filled in"),
        ("{{ computer.addresses.append('x') }}", "cannot be filled in"),
        ("{{ 'x' * 2000000 }}", "longer than"),
        ("{{ 1 / 0 }}", "cannot be filled in"),
    ],
)
def test_templates_that_are_refused(text: str, said: str) -> None:
    with pytest.raises(TemplateError, match=said.replace(".", r"\.")):
        template.render(text, KNOWN)


@pytest.mark.parametrize(
    "hostile",
    [
        "{{ 7*7 }}", "{{ cycler.__init__.__globals__.os.popen('touch /tmp/pwned').read() }}", "{% raw %}",
        "{0.__class__}",
        "${IFS}", "%n", "$(id)", "'; rm -rf /", "{{ computer.name }}",
    ],
)  # fmt: skip
def test_a_value_of_a_computer_arrives_literally(hostile: str) -> None:
    """HE3: one pass; what a value says is never source, not even through a parameter into an argument."""
    one = Step(
        "t", "message", environment={"ITMS_OWNER": "{{ computer.tags.owner }}"},
        arguments={"text": "for {{ param.owner }} on {{ computer.tags.owner }}"},
    )  # fmt: skip
    found = rendered(one, {"tags": {"owner": hostile}})
    assert found.environment == {"ITMS_OWNER": hostile}
    assert found.arguments == {"text": f"for {hostile} on {hostile}"}


def test_types_are_checked_once_filled_in() -> None:
    one = Step("t", "command", "true", environment={"ITMS_N": "{{ computer.n }}"}, checks={"ITMS_N": "int"})
    assert rendered(one, {"n": 7}).environment == {"ITMS_N": "7"}
    with pytest.raises(InputError, match="`n`"):
        rendered(one, {"n": "seven"})


def test_a_text_is_never_a_template() -> None:
    one = Step("t", "command", "echo '{{ computer.name }}'", environment={"ITMS_A": "{{ computer.name }}"})
    assert rendered(one, {"name": "web1"}).body == one.body
