#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""mutate.py SEED CORPUS-SET OUTPUT [MUTATION...]: rewrite each message of a labelled folder in ways that change
nothing of what it says, and gold.tsv with it, so that the same scores are to be expected of OUTPUT.

Without MUTATION each message gets two or three of them, drawn by SEED. `mutate.py --list` names them.
`tests/soak/mutate.sh` runs each on a corpus and compares the scores."""
import base64
import os
import quopri
import random
import re
import sys

MUTATIONS = {}


def mutation(function):
    MUTATIONS[function.__name__.replace("_", "-")] = function
    return function


class Message:
    """Header fields as (name, text with its folds) and a body, both bytes with LF line ends."""

    def __init__(self, raw):
        raw = raw.replace(b"\r\n", b"\n")
        if b"\n" not in raw:
            raw = raw.replace(b"\r", b"\n")
        self.envelope = b""
        self.cr = False
        self.end = b"\n"
        raw = raw.lstrip(b"\n")
        if raw.startswith(b"From ") or raw.startswith(b">From "):
            line, _, raw = raw.partition(b"\n")
            self.envelope = line + b"\n"
        head, _, self.body = raw.partition(b"\n\n")
        self.fields = []
        for line in head.split(b"\n"):
            if line[:1] in (b" ", b"\t") and self.fields:
                self.fields[-1][1] += b"\n" + line
            elif b":" in line:
                name, _, value = line.partition(b":")
                self.fields.append([name, value])
            else:
                self.fields.append([line, None])

    def get(self, name):
        for field, value in self.fields:
            if field.strip().lower() == name and value is not None:
                return value
        return None

    def replace(self, name, value):
        for field in self.fields:
            if field[0].strip().lower() == name:
                field[1] = value
                return
        self.fields.append([name.title(), value])

    def drop(self, name):
        self.fields = [f for f in self.fields if f[0].strip().lower() != name]

    def bytes(self):
        head = b"\n".join(n if v is None else n + b":" + v for n, v in self.fields)
        raw = self.envelope + head + b"\n\n" + self.body
        return raw.replace(b"\n", self.end)

    def content_type(self):
        return (self.get(b"content-type") or b"").strip().lower()

    def boundary(self):
        match = re.search(rb'boundary\s*=\s*(?:"([^"\n]+)"|([^;\s]+))', self.get(b"content-type") or b"", re.I)
        return match and (match.group(1) or match.group(2))

    def well_formed(self):
        """Multipart with its closing boundary, so that parts can be touched."""
        name = self.boundary()
        return bool(name) and self.body.count(b"--" + name + b"--") == 1 and (b"\n" + self.body).count(
            b"\n--" + name + b"\n") >= 1

    def parts(self):
        name = self.boundary()
        pieces = re.split(rb"(?:^|\n)--" + re.escape(name) + rb"(?:--)?[ \t]*(?:\n|$)", self.body)
        return pieces[0], pieces[1:-1], pieces[-1]

    def set_parts(self, preamble, parts, epilogue):
        name = self.boundary()
        out = preamble + b"\n" if preamble else b""
        for part in parts:
            out += b"--" + name + b"\n" + part + b"\n"
        self.body = out + b"--" + name + b"--\n" + epilogue


def plain_single(message):
    kind = message.content_type()
    return (kind == b"" or kind.startswith(b"text/plain")) and not message.get(b"content-transfer-encoding")


@mutation
def header_order(message, rng):
    head = [f for f in message.fields if f[1] is not None]
    rest = [f for f in message.fields if f[1] is None]
    if not rest:
        rng.shuffle(head)
        message.fields = head


@mutation
def header_case(message, rng):
    for field in message.fields:
        field[0] = rng.choice([bytes.upper, bytes.lower, bytes])(field[0])


@mutation
def header_folding(message, rng):
    for field in message.fields:
        if field[1] is None or len(field[1]) < 20 or b"=?" in field[1]:
            continue
        places = [m.start() for m in re.finditer(rb"(?<=[;,>]) ", field[1])]
        if places:
            at = rng.choice(places)
            field[1] = field[1][:at] + b"\n" + rng.choice([b" ", b"\t", b"    "]) + field[1][at + 1:]


@mutation
def more_headers(message, rng):
    extra = [
        [b"X-Spam-Status", b" No, score=-1.9 required=5.0 tests=BAYES_00,SPF_PASS autolearn=ham"],
        [b"X-Virus-Scanned", b" Debian amavisd-new at mx.example.info"],
        [b"X-Originating-IP", b" [203.0.113.9]"],
        [b"X-UIDL", b" 4a5b6c7d8e9f"],
        [b"X-Evolution-Source", b" imap://x@mail.example.info/"],
        [b"Authentication-Results", b" mx.example.info; spf=none smtp.helo=mail.example.info;\n dkim=none"],
        [b"Received", b" from mx7.example.info (mx7.example.info [203.0.113.77])\n\tby mail.example.info (Postfix)"
                      b" with ESMTPS id 4F3A2B1C0D\n\tfor <owner@example.info>; Sun, 22 Nov 2026 03:04:05 +0000 (UTC)"],
        [b"Received", b" by 2002:a05:6402:1d1:b0:4a1 with SMTP id x17csp123;\n        Sun, 22 Nov 2026 03:04:06 +0000"],
        [b"X-Received", b" by 2002:a17:906:4e8 with SMTP id y8mr123; Sun, 22 Nov 2026 03:04:06 +0000"],
        [b"ARC-Seal", b" i=1; a=rsa-sha256; t=1700000000; cv=none;\n        d=example.info; s=arc; b=QUJDREVG"],
    ]
    for field in rng.sample(extra, rng.randint(3, len(extra))):
        message.fields.insert(rng.randint(0, len(message.fields)), field)


@mutation
def crlf(message, rng):
    message.end = b"\r\n"


@mutation
def bare_cr(message, rng):
    message.end = b"\r"


@mutation
def mixed_ends(message, rng):
    lines = message.body.split(b"\n")
    message.body = b"\n".join(l + (b"\r" if rng.random() < 0.5 else b"") for l in lines)


def encode(content, kind):
    if kind == b"base64":
        return base64.encodebytes(content)
    return quopri.encodestring(content)


@mutation
def encode_whole(message, rng):
    if not plain_single(message):
        return
    kind = rng.choice([b"base64", b"quoted-printable"])
    if message.get(b"content-type") is None:
        message.replace(b"mime-version", b" 1.0")
        message.replace(b"content-type", b" text/plain")
    message.replace(b"content-transfer-encoding", b" " + kind)
    message.body = encode(message.body, kind)


@mutation
def encode_parts(message, rng):
    """Base64 or quoted-printable for the text and the status part (not allowed there, and seen)."""
    if not message.well_formed():
        return
    preamble, parts, epilogue = message.parts()
    for i, part in enumerate(parts):
        head, blank, content = part.partition(b"\n\n")
        if not blank or re.search(rb"content-transfer-encoding\s*:\s*(?!7bit|8bit)", head, re.I):
            continue
        if not re.search(rb"content-type\s*:\s*(text/plain|message/delivery-status|message/feedback-report)", head,
                         re.I) or rng.random() < 0.3:
            continue
        kind = rng.choice([b"base64", b"quoted-printable"])
        head = re.sub(rb"(?im)^content-transfer-encoding\s*:.*\n?", b"", head + b"\n").rstrip(b"\n")
        parts[i] = head + b"\nContent-Transfer-Encoding: " + kind + b"\n\n" + encode(content + b"\n", kind)
    message.set_parts(preamble, parts, epilogue)


@mutation
def boundary_name(message, rng):
    name = message.boundary()
    if not name or len(name) < 6:
        return
    new = b"=_" + bytes(rng.choices(b"abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789'+_./:=?", k=rng.randint(12, 60))) + b"_"
    value = re.sub(rb'boundary\s*=\s*(?:"[^"\n]+"|[^;\s]+)', lambda m: b'boundary="' + new + b'"',
                   message.get(b"content-type"), count=1, flags=re.I)
    message.replace(b"content-type", value)
    message.body = re.sub(rb"(^|\n)--" + re.escape(name), lambda m: m.group(1) + b"--" + new, message.body)


@mutation
def preamble_and_epilogue(message, rng):
    if not message.well_formed():
        return
    _, parts, _ = message.parts()
    message.set_parts(b"This is a message of several parts. Your reader shows it as one.", parts,
                      b"\n-- \nlegal notice: this mail may be confidential\n")


@mutation
def trailing_text(message, rng):
    message.body = message.body.rstrip(b"\n") + rng.choice([
        b"\n\n", b"\n\n\n\n\n", b"\n\n_______________________________________________\nowners mailing list\n"
        b"owners@lists.example.info\nhttps://lists.example.info/owners\n"]) if not encoded(message) else message.body


def encoded(message):
    return (message.get(b"content-transfer-encoding") or b"7bit").strip().lower() in (b"base64",)


@mutation
def reorder_parts(message, rng):
    """The returned message before the status part."""
    if not message.well_formed() or not message.content_type().startswith(b"multipart/report"):
        return
    preamble, parts, epilogue = message.parts()
    if len(parts) == 3:
        parts[1], parts[2] = parts[2], parts[1]
        message.set_parts(preamble, parts, epilogue)


@mutation
def mixed_type(message, rng):
    """multipart/report that has become multipart/mixed."""
    value = message.get(b"content-type")
    if value and message.content_type().startswith(b"multipart/report"):
        value = re.sub(rb"multipart/report", b"multipart/mixed", value, flags=re.I)
        message.replace(b"content-type", re.sub(rb'\s*report-type\s*=\s*"?[\w-]+"?;?', b"", value, flags=re.I))


@mutation
def no_report_type(message, rng):
    value = message.get(b"content-type")
    if value and b"report-type" in value.lower():
        value = re.sub(rb';?\s*report-type\s*=\s*"?[\w-]+"?', b"", value, flags=re.I)
        message.replace(b"content-type", value if b";" in value else value.replace(b"report", b"report;", 1))


@mutation
def status_as_text(message, rng):
    """The status part labelled text/plain."""
    if message.content_type().startswith(b"multipart/report"):
        message.body = re.sub(rb"(?im)^(content-type\s*:\s*)message/(?:global-)?delivery-status", rb"\1text/plain",
                              message.body)


@mutation
def field_case(message, rng):
    """Names of status fields in another case, blanks before the colon."""
    names = rb"(?im)^(final-recipient|original-recipient|action|status|diagnostic-code|remote-mta|reporting-mta):[ \t]*"
    style = rng.choice([lambda n: n.lower() + b": ", lambda n: n.upper() + b": ", lambda n: n + b" : ",
                        lambda n: n + b":"])
    message.body = re.sub(names, lambda m: style(m.group(1)), message.body)


@mutation
def fold_fields(message, rng):
    """Diagnostic-Code over several lines."""
    def fold(match):
        line = match.group(0)
        places = [m.start() for m in re.finditer(rb" ", line)][3:]
        if not places:
            return line
        at = rng.choice(places)
        return line[:at] + b"\n    " + line[at + 1:]
    message.body = re.sub(rb"(?im)^diagnostic-code:.{40,}$", fold, message.body)


@mutation
def doubled_blank_lines(message, rng):
    if message.well_formed() and not re.search(rb"content-transfer-encoding\s*:\s*base64", message.body, re.I):
        message.body = re.sub(rb"\n\n(?=Final-Recipient|Original-Recipient)", b"\n\n\n", message.body)


@mutation
def no_blank_before_block(message, rng):
    """The blank line between the fields of the message and those of the recipient is missing."""
    message.body = re.sub(rb"(?i)(arrival-date:[^\n]*)\n\n(final-recipient|original-recipient)", rb"\1\n\2", message.body)


@mutation
def charset_name(message, rng):
    new = rng.choice([b"utf-8", b"us-ascii", b"iso-8859-15", b"windows-1252", b"x-unknown"])
    if all(c < 128 for c in message.body) and b"\x1b" not in message.body and b"utf-7" not in message.body.lower():
        value = message.get(b"content-type")
        swap = re.compile(rb'charset\s*=\s*"?(us-ascii|iso-8859-1|utf-8)"?', re.I)
        if value:
            message.replace(b"content-type", swap.sub(b"charset=" + new, value))
        message.body = swap.sub(b"charset=" + new, message.body)


def text_part(part):
    """Head and content of a part that is plain text as it stands, or None."""
    if part.startswith(b"\n"):
        return b"", part[1:]
    head, blank, content = part.partition(b"\n\n")
    kind = re.search(rb"(?i)content-type\s*:\s*([\w/-]+)", head)
    encoding = re.search(rb"(?i)content-transfer-encoding\s*:\s*(?!7bit|8bit)\S", head)
    return None if not blank or encoding or not kind or kind.group(1).lower() != b"text/plain" else (head, content)


def change_text(message, change):
    """Put change(content) in the place of the text for people: the first part, or the body."""
    if plain_single(message) and not message.content_type().startswith(b"text/html"):
        message.body = change(message.body)
    elif message.well_formed():
        preamble, parts, epilogue = message.parts()
        found = text_part(parts[0]) if parts else None
        if found:
            parts[0] = found[0] + b"\n\n" + change(found[1]) if found[0] else b"\n" + change(found[1])
            message.set_parts(preamble, parts, epilogue)


@mutation
def html_only(message, rng):
    """The text for people of a report as HTML and nothing else."""
    if not message.well_formed() or not message.content_type().startswith(b"multipart/report"):
        return
    preamble, parts, epilogue = message.parts()
    found = text_part(parts[0]) if parts else None
    if not found or any(c >= 128 for c in found[1]) or b"\x1b" in found[1]:
        return
    text = found[1].replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
    text = b"<pre>" + text + b"</pre>" if rng.random() < 0.5 else text.replace(b"  ", b"&nbsp; ").replace(b"\n", b"<br>\n")
    parts[0] = (b"Content-Type: text/html; charset=us-ascii\n\n<html><head><style>p { color: red }</style></head><body>" +
                text + b"</body></html>\n")
    message.set_parts(preamble, parts, epilogue)


@mutation
def translated_subject(message, rng):
    """A report whose subject is in another language."""
    if message.content_type().startswith(b"multipart/report"):
        words = rng.choice(["Unzustellbare Nachricht", "Message non remis", "Mensaje no entregado", "配信できませんでした",
                            "Недоставленное сообщение", "Oförmedlat brev"])
        message.replace(b"subject", b" =?utf-8?B?" + base64.b64encode(words.encode()) + b"?=")


@mutation
def external_mark(message, rng):
    """What gateways put before the subject and the text of mail from outside."""
    subject = message.get(b"subject")
    if message.content_type().startswith(b"multipart/report") and subject:
        message.replace(b"subject", b" [EXTERNAL]" + subject)
        change_text(message, lambda text: b"CAUTION: This email originated from outside of the organization. Do not click "
                                          b"links.\n\n" + text)


@mutation
def nested(message, rng):
    """The report in a multipart/mixed with a notice of the gateway behind it."""
    value = message.get(b"content-type")
    if not value or not message.content_type().startswith(b"multipart/report") or message.end != b"\n" or \
            message.get(b"content-transfer-encoding"):
        return
    name = b"outer-%d" % rng.randint(100000, 999999)
    message.body = (b"--" + name + b"\nContent-Type:" + value + b"\n\n" + message.body + b"\n--" + name +
                    b"\nContent-Type: text/plain\n\nThis mail was checked. Questions: helpdesk@example.info\n--" + name +
                    b"--\n")
    message.replace(b"content-type", b' multipart/mixed; boundary="' + name + b'"')


@mutation
def original_dropped(message, rng):
    """Without the returned message."""
    if not message.well_formed() or not message.content_type().startswith(b"multipart/report"):
        return
    preamble, parts, epilogue = message.parts()
    if len(parts) == 3 and re.search(rb"(?i)content-type\s*:\s*(message/rfc822|text/rfc822-headers)", parts[2]) and \
            re.search(rb"(?i)content-type\s*:\s*message/delivery-status", parts[1]):
        message.set_parts(preamble, parts[:2], epilogue)


@mutation
def narrow(message, rng):
    """Long lines of the text of a report broken, the rest moved in."""
    if not message.content_type().startswith(b"multipart/report"):
        return
    width = rng.randint(50, 66)

    def wrap(line):
        out = []
        while len(line) > width and b" " in line[8:width]:
            at = line.rindex(b" ", 8, width)
            out.append(line[:at])
            line = b"    " + line[at + 1:]
        return out + [line]
    change_text(message, lambda text: b"\n".join(x for line in text.split(b"\n") for x in wrap(line)))


@mutation
def widened(message, rng):
    """Lines of a report that go on indented joined to one."""
    if message.content_type().startswith(b"multipart/report"):
        change_text(message, lambda text: re.sub(rb"(?m)(?<=[^\n]{60})\n {4}(?=\S)", b" ", text))


@mutation
def list_wrapper(message, rng):
    """As a mailing list software sends it on to the owner of a list."""
    message.fields += [[b"X-BeenThere", b" owners@lists.example.info"], [b"X-Mailman-Version", b" 2.1.39"],
                       [b"Precedence", b" list"], [b"List-Id", b" Owners <owners.lists.example.info>"],
                       [b"List-Post", b" <mailto:owners@lists.example.info>"],
                       [b"Errors-To", b" owners-bounces@lists.example.info"],
                       [b"Sender", b" owners-bounces@lists.example.info"]]
    message.drop(b"return-path")
    message.fields.insert(0, [b"Return-Path", b" <owners-bounces@lists.example.info>"])


@mutation
def attached(message, rng):
    """The whole report as an attachment of a mail from a gateway."""
    if not message.content_type().startswith(b"multipart/report") or message.end != b"\n":
        return
    inner = message.bytes()
    name = b"gate-%d" % rng.randint(100000, 999999)
    sender = message.get(b"from") or b" postmaster@example.info"
    subject = message.get(b"subject") or b" Returned mail"
    message.fields = [[b"From", sender], [b"To", b" owner@example.info"], [b"Subject", subject],
                      [b"MIME-Version", b" 1.0"], [b"Return-Path", b" <>"],
                      [b"Content-Type", b' multipart/mixed; boundary="' + name + b'"']]
    message.envelope = b""
    message.body = (b"--" + name + b"\nContent-Type: text/plain\n\nPassed on by the gateway.\n--" + name +
                    b"\nContent-Type: message/rfc822\n\n" + inner + b"\n--" + name + b"--\n")


@mutation
def indented(message, rng):
    """Each line of a plain text moved to the right, as some gateways do."""
    if plain_single(message):
        message.body = re.sub(rb"(?m)^(?=[^\s])", b" ", message.body)


@mutation
def from_line(message, rng):
    message.envelope = b"From MAILER-DAEMON Sun Nov 22 03:04:05 2026\n"


@mutation
def swapped_names(message, rng):
    """Other local parts and hosts, the same in the labels."""
    return "swap"


# Domains that carry meaning stay: providers' own, and what rules know.
KNOWN = ("google gmail yahoo aol hotmail outlook microsoft live office365 protection msn apple icloud docomo ezweb au "
         "kddi vodafone softbank willcom pdx facebook orange wanadoo laposte sfr free mail.ru yandex gmx 1und1 qq "
         "tencent zoho amazonses amazonaws sendgrid mimecast messagelabs mxlogic spamhaus spamcop sorbs barracuda "
         "cox charter rr spectrum secureserver godaddy i.ua vtext verizon vzwpix sympatico cloudflare trendmicro "
         "proofpoint comcast att bellsouth nate naver goo biglobe nifty so-net dti libsisimai w3 rfc-editor postfix "
         "sisimai exim schemas smtp32 netscape compuserve llnl att.net").split()


def is_known(domain):
    return any(word in domain.lower() for word in KNOWN)


def swap_table(raw, rows):
    """Addresses of the labels -> others."""
    table = {}
    for row in rows:
        for address in [row["recipient"]] + row["alt"].split("|"):
            local, at, domain = address.rpartition("@")
            if not at or is_known(domain) or len(local) < 4 or len(domain) < 6 or not re.fullmatch(r"[\w.+-]+", local):
                continue
            if address not in table:
                table[address] = local[::-1].replace(".", "x") + "z" + "@mx" + str(len(table)) + "." + \
                    re.sub(r"^[a-z0-9-]+", lambda m: "host" + m.group(0)[::-1].strip("-"), domain)
    return table


def swap(raw, rows):
    table = swap_table(raw, rows)
    for old, new in sorted(table.items(), key=lambda item: -len(item[0])):
        raw = re.sub(rb"(?<![\w.+-])" + re.escape(old.encode()) + rb"(?![\w-]|\.\w)", new.encode(), raw, flags=re.I)
    for row in rows:
        row["recipient"] = table.get(row["recipient"], row["recipient"])
        row["alt"] = "|".join(table.get(a, a) for a in row["alt"].split("|"))
    return raw


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(MUTATIONS))
        return
    seed, source, target, chosen = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    os.makedirs(target, exist_ok=True)
    with open(os.path.join(source, "gold.tsv"), encoding="utf-8") as file:
        names = file.readline().rstrip("\n").split("\t")
        rows = [dict(zip(names, line.rstrip("\n").split("\t"))) for line in file]
    for name in sorted(set(row["file"] for row in rows)):
        rng = random.Random(f"{seed} {name}")
        mine = [row for row in rows if row["file"] == name]
        for row in mine:
            row.setdefault("alt", "")
        with open(os.path.join(source, name), "rb") as file:
            raw = file.read()
        todo = chosen or rng.sample(sorted(MUTATIONS), rng.randint(2, 3))
        if "swapped-names" in todo:
            raw = swap(raw, mine)
        message = Message(raw)
        for one in sorted(todo, key=list(MUTATIONS).index):
            MUTATIONS[one](message, rng)
        with open(os.path.join(target, name), "wb") as file:
            file.write(message.bytes())
    with open(os.path.join(target, "gold.tsv"), "w", encoding="utf-8") as file:
        file.write("\t".join(names) + "\n")
        for row in rows:
            file.write("\t".join(row.get(n, "") for n in names) + "\n")


if __name__ == "__main__":
    main()
