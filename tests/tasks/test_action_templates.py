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
        ("{{ computer.addresses | join(';') }}", "a"),
        ("{{ computer.addresses[0] }}{{ computer.addresses | first }}{{ computer.addresses | last }}", "aaa"),
        ("{{ computer.nothing.at.all | d('x') }}", "x"),
        ("{{ computer.tags.env | default('', true) | lower | trim }}", "prod"),
        ("{{ computer.name | replace('web', 'db-') }}", "db-1"),
        ("{# a remark #}{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("{{ 7 }}", "7"),
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
        ("{{ self }}", "`self` is not known"),
        ("{{ computer.name", "is not a template"),
        ("{{ " + "(" * 30_000 + "1" + ")" * 30_000 + " }}", "is not a template"),
        ("{{ computer" + ".a" * 30_000 + " }}", "template"),
        ("{{ 'x' }}" * 10_000, "longer than"),
        ("{% include 'x' %}", "has a block"),
        ("{% for a in computer.addresses %}{{ a }}{% endfor %}", "has a block"),
        ("{% if 1 %}x{% endif %}", "has a block"),
        ("{% set x = 1 %}", "has a block"),
        ("{{ computer.tags }}", "cannot be filled in"),
        ("{{ computer.addresses }}", "cannot be filled in"),
        ("{{ computer.name.upper }}", "cannot be filled in"),
        ("{{ computer.name.__class__.__mro__ }}", "cannot be filled in"),
        ("{{ computer.name | join('x') }}", "cannot be filled in"),
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "may not have"),
        ("{{ ''.__class__ }}", "cannot be filled in"),
        ("{{ '{0.__class__}'.format(computer) }}", "may not have"),
        ("{{ computer._values }}", "`computer._values` is not known"),
        ("{{ computer.addresses.append('x') }}", "may not have"),
        ("{{ 9**(9**9) }}", "may not have"),
        ("{{ 'a'*10**9 }}", "may not have"),
        ("{{ 'a' ~ 'b' }}", "may not have"),
        ("{{ 1 / 0 }}", "may not have"),
        ("{{ -1 }}", "may not have"),
        ("{{ range(99999) }}", "may not have"),
        ("{{ computer.addresses[1:] }}", "may not have"),
        ("{{ '%0900000000d' | format(1) }}", "may not have"),
        ("{{ 'x' | center(900000000) }}", "may not have"),
        ("{{ computer.name | default('x' * 900000000) }}", "may not have"),
        ("{{ computer.name | default(computer.site) }}", "may not have"),
        ("{{ computer.name | upper(1) }}", "cannot be filled in"),
        ("{{ computer.name | replace('', 'x') }}", "cannot be filled in"),
        (
            f"{{{{ computer.name | replace('e', '{'e' * 30_000}') | replace('e', '{'e' * 30_000}') }}}}",
            "cannot be filled in",
        ),
        ("{{ 1 if 2 else 3 }}", "may not have"),
    ],
)
def test_templates_that_are_refused(text: str, said: str) -> None:
    with pytest.raises(TemplateError, match=said.replace(".", r"\.")):
        template.render(text, KNOWN)


def test_what_is_filled_in_grows_no_further_than_a_bound() -> None:
    many = {"computer": {"addresses": ["y" * 1000] * 900}}
    assert len(template.render("{{ computer.addresses | join('--') }}", many)) == 900 * 1000 + 899 * 2
    for text in (f"{{{{ computer.addresses | join('{'x' * 60_000}') }}}}", "{{ computer.addresses | join('-') }}" * 2):
        with pytest.raises(TemplateError):
            template.render(text, many)


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
