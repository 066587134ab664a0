#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives one Chromium through chromedriver (W3C WebDriver) for a shell test: browser.py PORT takes commands on stdin, one a
line, their words parted by tabs, and answers each with its output and a line "= STATUS". When chromedriver is silent or
gone it says so with "= 99" and ends: no answer can be taken for that of another command.

  open URL              language LL           what the next pages are asked for in
  press NAME            the button of that name; "submit": the page's first, "reason": the one below the choices
  fill NAME VALUE       tick NAME[=VALUE]     a field; a box or a radio button
  key                   Tab until a button has the focus, then Enter
  text                  what a reader sees
  look NAME [SIZE]...   narrow and wide, light and dark (or only the sizes given, as narrow-light): a screenshot of each
                        in SCREENS; nothing that axe-core (the file AXE) finds, nothing wider than the window, no
                        complaint of the browser's. Status 1: a line for each thing found
"""
import base64
import http.client
import json
import os
import sys

SIZES = {
    "narrow-light": (360, 740, "light"),
    "narrow-dark": (360, 740, "dark"),
    "wide-light": (1280, 800, "light"),
    "wide-dark": (1280, 800, "dark"),
}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of WebDriver, section 12.1
TAB, ENTER = "\ue004", "\ue007"
AXE_RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(
    r => done(r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target + ": " + v.help))),
    e => done(["axe-core does not run: " + e]));
"""
TOO_WIDE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOCUS = "return document.activeElement.localName"


OPTIONS = {
    "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
             "--disable-background-networking", "--disable-component-update", "--no-first-run", "--disable-extensions",
             "--disable-sync", "--force-color-profile=srgb"]
}
COMMANDS = ("open", "language", "press", "fill", "tick", "key", "text", "look")


WAIT_S, PAGE_MS, GONE = 60, 30000, 99  # a page that does not come is chromedriver's to tell, before we give it up


class Trouble(Exception):
    pass


class Gone(Exception):
    pass


class Browser:
    def __init__(self, port):
        self.link = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
        wanted = {"browserName": "chrome", "goog:chromeOptions": OPTIONS, "goog:loggingPrefs": {"browser": "ALL"},
                  "timeouts": {"pageLoad": PAGE_MS, "script": PAGE_MS}}
        self.session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        self.axe = None
        self.language("en")

    def call(self, method, path, body=None):
        text = json.dumps(body if body is not None else {}) if method == "POST" else None
        try:
            self.link.request(method, path, text, {"Content-Type": "application/json"})
            value = json.loads(self.link.getresponse().read())["value"]
        except (OSError, http.client.HTTPException) as trouble:
            raise Gone("%s %s: %r" % (method, path, trouble)) from trouble
        if isinstance(value, dict) and "error" in value:
            raise Trouble("%s: %s" % (path, value["message"].split("\n")[0]))
        return value

    def do(self, path, body=None, method="POST"):
        return self.call(method, "/session/%s/%s" % (self.session, path), body)

    def devtools(self, command, **params):
        return self.do("goog/cdp/execute", {"cmd": command, "params": params})

    def run(self, script, *arguments):
        return self.do("execute/sync", {"script": script, "args": list(arguments)})

    def find(self, css):
        return self.do("element", {"using": "css selector", "value": css})[ELEMENT]

    def open(self, url):
        self.do("url", {"url": url})

    def language(self, language):
        agent = self.run("return navigator.userAgent")
        self.devtools("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=language)

    def press(self, name):
        css = 'button[name="%s"]' % name
        if name == "submit":
            css = "button[type=submit]"
        elif name == "reason":
            css = "fieldset + button"
        self.do("element/%s/click" % self.find(css))

    def fill(self, name, value):
        element = self.find('input[name="%s"]' % name)
        self.do("element/%s/clear" % element)
        self.do("element/%s/value" % element, {"text": value})

    def tick(self, what):
        name, _, value = what.partition("=")
        css = 'input[name="%s"]' % name + ('[value="%s"]' % value if value else "")
        self.do("element/%s/click" % self.find(css))

    def key(self):
        for _ in range(20):
            self.type_key(TAB)
            if self.run(FOCUS) == "button":
                self.type_key(ENTER)
                return
        raise Trouble("Tab leads to no button")

    def type_key(self, key):
        keys = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.do("actions", {"actions": [{"type": "key", "id": "keyboard", "actions": keys}]})

    def text(self):
        print(self.do("element/%s/text" % self.find("body"), method="GET"))

    def look(self, name, *sizes):
        found = []
        if self.axe is None:
            with open(os.environ["AXE"], encoding="utf-8") as axe:
                self.axe = axe.read()
        self.run(self.axe)
        for size in sizes or SIZES:
            width, height, scheme = SIZES[size]
            self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                          mobile=width < 500)
            self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            self.shoot(name, size)
            found += ["%s: %s" % (size, line) for line in self.do("execute/async", {"script": AXE_RUN, "args": []})]
            if self.run(TOO_WIDE) > 0:
                found.append("%s: wider than the window" % size)
        # a failed page on purpose is no complaint; a style sheet that is missing or forbidden is
        found += [entry["message"] for entry in self.do("se/log", {"type": "browser"})]
        print("\n".join(found))
        return not found

    def shoot(self, name, size):
        shot = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        with open(os.path.join(os.environ["SCREENS"], "%s-%s.png" % (name, size)), "wb") as out:
            out.write(base64.b64decode(shot["data"]))

    def stop(self):
        self.call("DELETE", "/session/" + self.session)


def serve(browser):
    for line in sys.stdin:
        command, *words = line.rstrip("\n").split("\t")
        try:
            if command not in COMMANDS:
                raise Trouble("there is no command " + command)
            status = 1 if getattr(browser, command)(*words) is False else 0
        except Gone as trouble:
            print("%s: %s" % (command, trouble))
            print("= %d" % GONE, flush=True)
            return
        except (Trouble, OSError, TypeError) as trouble:
            print("browser: %s" % trouble)
            status = 2
        print("= %d" % status, flush=True)


chromium = Browser(int(sys.argv[1]))
print("= 0", flush=True)
try:
    serve(chromium)
finally:
    try:
        chromium.stop()
    except Gone as trouble:
        print(trouble, file=sys.stderr)
