"""Puts a message about the sensor's health into the format of a channel. Parts of the text may come from attackers."""
import json
import re
import time

import foreign

CHARACTERS_AT_MOST = 1800


def title(message):
    """Returns the message in a few words."""
    if message["test"]:
        return "%s: test message" % message["sensor"]
    return "%s %s" % (message["sensor"], "is well again" if message["healthy"] else "needs attention")


def text(message):
    """Returns the message as lines of printable ASCII."""
    lines = [title(message)]
    for problem in message["problems"]:
        lines.append("- %s: %s" % (problem["name"], problem["message"]))
        if problem["next"]:
            lines.append("  next: %s" % problem["next"])
    for name, was in message["former"].items():
        lines.append("- no longer: %s: %s" % (name, was))
    lines = [foreign.printable(line, 400) for line in lines]
    whole = "\n".join(lines)
    return whole if len(whole) <= CHARACTERS_AT_MOST else whole[:CHARACTERS_AT_MOST] + "\n..."


def webhook(kind, message):
    """Returns (content type, body, further headers) in one of the formats of `notify.webhook.format`."""
    if kind == "ntfy":
        headers = {"Title": title(message), "Priority": "default" if message["healthy"] else "high"}
        return "text/plain", text(message).encode(), headers
    return "application/json", json.dumps(_FORMATS[kind](message)).encode(), {}


def _json(message):
    return {
        "schema": 1,
        "sensor": message["sensor"],
        "event": "test" if message["test"] else "healthy" if message["healthy"] else "unhealthy",
        "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(message["since"])),
        "problems": message["problems"],
        "text": text(message),
    }


def _slack(message):
    # `<!channel>` and links need these characters; mrkdwn would make attackers' text look like ours.
    escaped = text(message).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": escaped, "mrkdwn": False, "parse": "none", "link_names": False, "unfurl_links": False}


def _discord(message):
    # In a block of code nothing is a link or a mention. 4: no previews.
    block = "```\n%s\n```" % text(message).replace("`", "'")
    return {"content": block, "allowed_mentions": {"parse": []}, "flags": 4}


def _matrix(message):
    return {"msgtype": "m.text", "body": text(message), "m.mentions": {}}


def _teams(message):
    # A TextRun has no Markdown, and without entities there is no mention. Cards replace `{{DATE(...)}}`.
    lines = re.sub(r"{(?={)", "{ ", text(message)).split("\n")
    paragraphs = [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": line}]} for line in lines]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": paragraphs,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


_FORMATS = {"json": _json, "slack": _slack, "discord": _discord, "matrix": _matrix, "teams": _teams}
