"""Parses commands with the parser of the provider's own tool, without its account and without a network.

parse-cloud-commands.py openstack|az < LIST: a JSON list of lists of words; prints a JSON list: whether it takes each.
"""

import contextlib
import io
import json
import sys
from importlib.metadata import entry_points
from types import SimpleNamespace

GROUPS = ("openstack.compute.v2", "openstack.network.v2")


def openstack(words):
    for length in range(len(words), 0, -1):
        name = "_".join(words[:length])
        for group in GROUPS:
            for entry in entry_points(group=group, name=name):
                manager = SimpleNamespace(is_network_endpoint_enabled=lambda: True, compute=None)
                app = SimpleNamespace(client_manager=manager, options=None, stdout=sys.stdout)
                entry.load()(app, None, None).get_parser("openstack").parse_args(words[length:])
                return 0
    return 2


def az(words):
    from azure.cli.core import get_default_cli
    from knack.events import EVENT_INVOKER_POST_PARSE_ARGS

    # The next thing that it would do is to log in.
    def stop(_, **_arguments):
        sys.exit(0)

    cli = get_default_cli()
    cli.register_event(EVENT_INVOKER_POST_PARSE_ARGS, stop)
    return cli.invoke(words)


def takes(tool, words):
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            return tool(words) == 0
        except SystemExit as ended:
            return ended.code == 0


tool = {"openstack": openstack, "az": az}[sys.argv[1]]
print(json.dumps([takes(tool, words) for words in json.load(sys.stdin)]))
