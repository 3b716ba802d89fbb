"""Triggers good and bad, as they may stand in trigger_config.json: for its check and for its
schema."""

from typing import Any


def trigger(**fields: Any) -> dict[str, Any]:
    """A good trigger with fields of its own."""
    return {
        "label": "Backup",
        "script_command": "true",
        "conditions": {"minute_runtime_minutes": 6},
        **fields,
    }


GOOD_FIELDS: list[dict[str, Any]] = [
    {},
    *(
        {"conditions": conditions}
        for conditions in (
            {"minute_runtime_minutes": 0},
            {"minute_runtime_minutes": 52_560_000},
            {"current_session_minutes": 1.5},
            {"today_runtime_hours": 0},
            {"month_core_hours": 876_000},
            {"quota_percent": 0},
            {"quota_percent": 1000},
            {"total_runtime_hours": 1e-9},
            {"total_runtime_minutes": 0},
            {"total_runtime_hours": 20, "minute_runtime_minutes": 170},
            {"every_minutes": 0.01},
            {"every_minutes": 525_600},
            {"at": "* * * * *"},
            {"at": "*/5 0-6,22 L * MON-FRI"},
            {"at": "0 0 29 2 *"},
            {"idle_minutes": 20, "today_runtime_hours": 1},
            *({"event": event} for event in ("session_start", "session_recovered", "session_end")),
        )
    ),
    *({"repeat": repeat} for repeat in ("session", "day", "month", "once", None)),
    {"label": "a" * 200},
    {"label": "Sicherung für 東京 👩‍💻", "flag_name": "東京 👩‍💻"},
    {"script_command": "x" * 32_000},
    {"script_command": "echo \t\n\x1b"},
    {"script_url": ""},
    {"script_url": "https://example.com/a.sh?x=%20#y", "sha256": "aB" * 32},
    *(
        {"script_url": url}
        for url in (
            "https://bücher.example/ä.sh",
            "https://[::1]:8000/a",
            "http://localhost:8000/a",
            "http://127.9.9.9/a",
            "http://[::1]/a",
        )
    ),
    {"sha256": ""},
    {"cwd": ""},
    {"cwd": "$HOME/ä b"},
    {"flag_name": ""},
    {"flag_name": "a" * 60},
    {"flag_name": "a.b-c d.tmp.x"},
    {"timeout_minutes": 0},
    {"timeout_minutes": 10_080, "retries": 0},
    {"retries": 20, "retry_delay_seconds": 1},
    {"retry_delay_seconds": 86_400},
    {"env": {}},
    {"env": {"A": "", "_b1": "=\n", "a" * 200: "x" * 32_000}},
    {"shell": "bash -lc"},
    {"shell": "'/opt/my shell/sh' -c"},
    {"enabled": False, "catch_up": False},
]
"""Fields of good triggers, each at its limits."""

Wrong = tuple[dict[str, Any], str, str]
"""Fields of a trigger; the key that is told, and a part of what is said of it."""

_RUN = "conditions.minute_runtime_minutes"

WRONG_BY_TYPE: list[Wrong] = [
    ({"conditions": {}}, "conditions", "never fire"),
    ({"conditions": []}, "conditions", "[] is not possible"),
    ({"conditions": None}, "conditions", "null is not possible"),
    ({"conditions": {"minute_runtime_minutes": "6"}}, _RUN, '"6" is not possible'),
    ({"conditions": {"minute_runtime_minutes": True}}, _RUN, "true is not possible"),
    ({"conditions": {"minute_runtime_minutes": -1}}, _RUN, "-1 is not possible"),
    (
        {"conditions": {"minute_runtime_minutes": 1e9}},
        _RUN,
        "write a number of minutes from 0 to 52560000",
    ),
    ({"conditions": {"minute_runtime_minutes": 10**400}}, _RUN, "1000"),
    ({"conditions": {"minute_runtime_minutes": None}}, _RUN, "null"),
    ({"conditions": {"minute_runtime_minutes": {"a": 1}}}, _RUN, '{ "a": 1 } is not possible'),
    ({"conditions": {"quota_percent": 1001}}, "conditions.quota_percent", "from 0 to 1000"),
    ({"conditions": {"every_minutes": 0}}, "conditions.every_minutes", "0 is not possible"),
    ({"conditions": {"idle_minutes": 0.001}}, "conditions.idle_minutes", "from 0.01"),
    (
        {"conditions": {"every_minute": 5}},
        "conditions.every_minute",
        "did you mean `every_minutes`?",
    ),
    ({"conditions": {"at": 5}}, "conditions.at", "five fields of cron"),
    ({"conditions": {"at": "*" * 1001}}, "conditions.at", "is not possible"),
    ({"conditions": {"event": "start"}}, "conditions.event", 'did you mean "session_start"?'),
    ({"conditions": {"event": "x"}}, "conditions.event", '"session_recovered" or "session_end"'),
    ({"label": ""}, "label", '"" is not possible'),
    ({"label": " \t"}, "label", "is not possible"),
    ({"label": "a\nb"}, "label", "on one line"),
    ({"label": "a\x9b31mb"}, "label", "is not possible"),
    ({"label": "a\u202eb"}, "label", "is not possible"),
    ({"label": "a" * 201}, "label", "1 to 200 characters"),
    ({"label": 5}, "label", "5 is not possible"),
    ({"script_command": ""}, "script_command", "not empty"),
    ({"script_command": "a\0b"}, "script_command", "is not possible"),
    ({"script_command": "x" * 32_001}, "script_command", "at most 32000 characters"),
    ({"script_command": ["a", "b"]}, "script_command", '[ "a", "b" ] is not possible'),
    ({"script_comand": "x"}, "script_comand", "did you mean `script_command`?"),
    ({"every_minutes": 5}, "every_minutes", "put it into `conditions`"),
    (
        {"conditions": {"every_minutes": 5, "repeat": "day"}},
        "conditions.repeat",
        "beside `conditions`",
    ),
    ({"Label": "x"}, "Label", "did you mean `label`?"),
    ({"nothing_like_it": 1}, "nothing_like_it", "the keys here are label, script_command"),
    ({"\x1b[31m\n": 1}, "\\x1b[31m\\x0a", "no such key"),
    ({"cwd": "a\0"}, "cwd", "is not possible"),
    ({"cwd": "a" * 4001}, "cwd", "is not possible"),
    ({"flag_name": "a/b"}, "flag_name", "without `/`"),
    ({"flag_name": ".."}, "flag_name", "beginning with a dot"),
    ({"flag_name": "../../etc/x"}, "flag_name", "without `/`"),
    ({"flag_name": "a\nb"}, "flag_name", "is not possible"),
    ({"flag_name": "a\x85"}, "flag_name", "is not possible"),
    ({"flag_name": "a" * 61}, "flag_name", "at most 60"),
    ({"flag_name": "a.tmp"}, "flag_name", '"a.tmp" ends with .tmp'),
    ({"repeat": "hour"}, "repeat", '"session", "day", "month" or "once"'),
    ({"repeat": "Months"}, "repeat", 'did you mean "month"?'),
    ({"retries": 1.5}, "retries", "whole number"),
    ({"retries": 21}, "retries", "from 0 to 20"),
    ({"retry_delay_seconds": 0}, "retry_delay_seconds", "from 1 to 86400"),
    ({"timeout_minutes": -1}, "timeout_minutes", "no limit"),
    ({"env": []}, "env", "its value is not possible, and is not shown"),
    ({"env": {"A": 1}}, "env.A", "its value is not possible, and is not shown"),
    ({"env": {"A": "\0"}}, "env.A", "is not possible"),
    ({"env": {"A=B": "1"}}, "env.A=B", "no name of a variable"),
    ({"env": {"A B": "1"}}, "env.A B", "letters, digits and _"),
    ({"env": {"1A": "1"}}, "env.1A", "no name of a variable"),
    ({"env": {"a.b": "1"}}, "env.a.b", "no name of a variable"),
    ({"env": {"ä": "1"}}, "env.ä", "no name of a variable"),
    ({"env": {"": "1"}}, "env", "no name of a variable"),
    ({"env": {"A\n2": "1"}}, "env.A\\x0a2", "no name of a variable"),
    ({"shell": ""}, "shell", "is not possible"),
    ({"enabled": "yes"}, "enabled", "true or false"),
    ({"catch_up": 1}, "catch_up", "true or false"),
    ({"script_url": None}, "script_url", "its value is not possible"),
    ({"script_url": "https://example.com/" + "a" * 2000}, "script_url", "is not possible"),
    ({"script_url": "https://example.com/a", "sha256": "12"}, "sha256", "64 hexadecimal"),
]
"""Wrong by its type, its limits or its pattern: so that the schema knows."""

WRONG_BEYOND_TYPES: list[Wrong] = [
    ({"conditions": {"at": ""}}, "conditions.at", "0 fields, not five"),
    ({"conditions": {"at": "* * *"}}, "conditions.at", "3 fields, not five"),
    ({"conditions": {"at": "@daily"}}, "conditions.at", "1 field, not five"),
    ({"conditions": {"at": "0 * * * * *"}}, "conditions.at", "6 fields, not five"),
    ({"conditions": {"at": "61 * * * *"}}, "conditions.at", '"61 * * * *" is no cron expression'),
    ({"conditions": {"at": "0 0 30 2 *"}}, "conditions.at", "no cron expression"),
    ({"conditions": {"at": "0 0 31 2,4,6,9,11 *"}}, "conditions.at", "no cron expression"),
    ({"conditions": {"at": "² * * * *"}}, "conditions.at", "no cron expression"),
    ({"conditions": {"event": "session_end", "at": "* * * * *"}}, "conditions.event", "one moment"),
    (
        {"conditions": {"every_minutes": 5, "idle_minutes": 5}},
        "conditions.idle_minutes",
        "another trigger",
    ),
    (
        {"conditions": {"minute_runtime_minutes": 1, "current_session_minutes": 1}},
        "current_session",
        "the same",
    ),
    ({"label": "!!!"}, "label", "flag_name"),
    ({"shell": "'"}, "shell", "cannot be split"),
    ({"shell": 'bash "-lc'}, "shell", "cannot be split"),
    ({"shell": "  "}, "shell", "names no program"),
    ({"shell": "'' -c"}, "shell", "names no program"),
    ({"script_url": "http://example.com/a.sh"}, "script_url", "anyone on the network"),
    (
        {"script_url": "ftp://example.com/a.sh"},
        "script_url",
        '"ftp://example.com/a.sh" is not a usable address',
    ),
    ({"script_url": "example.com/a.sh"}, "script_url", "begins with https://"),
    ({"script_url": "https://example.com:99999/a.sh"}, "script_url", "not a usable address"),
    ({"script_url": "https://example.com/a b"}, "script_url", "not a usable address"),
    ({"script_url": "https://[::1/a"}, "script_url", "not a usable address"),
    (
        {"script_url": "https://me:hunter2@example.com/a"},
        "script_url",
        '"https://…@example.com/a" contains a user',
    ),
    ({"script_url": "https://example.com/"}, "script_url", "file's name"),
    ({"script_url": "https://example.com/%2e%2e"}, "script_url", "file's name"),
    ({"script_url": "https://example.com/a%2Fb"}, "script_url", "file's name"),
    ({"script_url": "https://example.com/" + "a" * 201}, "script_url", "200 bytes"),
    ({"sha256": "0" * 64}, "sha256", "no script_url"),
]
"""Of the right type, and wrong all the same."""
