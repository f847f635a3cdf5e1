"""The web page against the real service: page.py LINE RELEASE FOLDER (the line of `nightshift dev --json`)."""

import json
import os
import subprocess
import sys
import tempfile
import time

from browser import Page
from service import Service

HERE = os.path.dirname(os.path.abspath(__file__))
EVIL = '<img src=x onerror="window.pwned=1">'
EXPECTED = "network: Failed to load resource: the server responded with a status of 401"
# Window, weekday (0 Monday) and minute, whether it is open then. Days are those a window starts on.
NIGHT = {"start": "22:00", "end": "05:00", "days": ["mo", "tu", "we", "th", "fr"]}
EARLY = {"start": "01:00", "end": "03:30", "days": ["su"]}
WHOLE = {"start": "06:00", "end": "06:00", "days": ["mo"]}
HOURS = [
    (NIGHT, 0, 22 * 60, True), (NIGHT, 0, 22 * 60 - 1, False), (NIGHT, 1, 5 * 60 - 1, True), (NIGHT, 1, 5 * 60, False),
    (NIGHT, 5, 4 * 60, True), (NIGHT, 5, 23 * 60, False), (NIGHT, 0, 4 * 60, False), (EARLY, 6, 60, True), (EARLY, 6, 210, False),
    (EARLY, 0, 90, False), (WHOLE, 0, 6 * 60, True), (WHOLE, 1, 6 * 60 - 1, True), (WHOLE, 1, 6 * 60, False),
]
DAYS = [(["mo", "tu", "we", "th", "fr"], "Mon to Fri"), (["sa", "su"], "Sat, Sun"), (["mo", "we", "th", "fr"], "Mon, Wed to Fri"),
        (["mo", "tu", "we", "th", "fr", "sa", "su"], "every day")]
CARD = "document.querySelector('[data-key=\"{}\"]')"


class Story:
    def __init__(self, line, release, folder):
        self.service, self.release, self.folder = Service(line), int(release), folder
        self.page = Page(os.environ.get("CHROMIUM", "/usr/bin/chromium"), os.path.join(folder, "profile"))
        self.page.look(1280)

    # ---- what a reader does and sees ----

    def go(self, address):
        self.page.ask(f"location.hash = {json.dumps(address)}")
        self.page.wait("document.getElementById('main').getAttribute('aria-busy') === 'false' && !!document.querySelector('main h1')")

    def text(self, selector="main"):
        return self.page.ask(f"document.querySelector({json.dumps(selector)}).innerText")

    def key(self, name, text=""):
        for kind in ("keyDown", "keyUp"):
            self.page.call("Input.dispatchKeyEvent", type=kind, key=name, code=name, text=text if kind == "keyDown" else "",
                           windowsVirtualKeyCode={"Enter": 13, "Tab": 9}[name])

    def sign_in(self, token):
        self.page.ask("document.getElementById('token').value = ''; document.getElementById('token').focus()")
        self.page.call("Input.insertText", text=token)
        self.key("Enter", "\r")

    # ---- the story ----

    def fleet(self):
        """Twelve printers, one of them hostile, at two sites."""
        ask = self.service
        ask.op("PUT", "/sites/lisboa", {"customer": "Atlantico", "zone": "Europe/Lisbon",
                                        "window": {"start": "23:00", "end": "05:00", "days": ["mo", "tu", "we", "th", "fr"]}})
        ask.op("PUT", "/sites/kathmandu", {"customer": "Himal", "zone": "Asia/Kathmandu"})
        for i in range(11):
            ask.enrol(f"mfp-{i:02}", {"component.system": "4.1.7" if i % 4 == 0 else "4.2.0", "panel.language": "pt"},
                      model="demo-200" if i % 2 else "demo-300", site="lisboa" if i < 8 else "kathmandu", tags=["lab"] if i < 4 else [])
        ask.enrol("mfp-evil", {"<b>name</b>": EVIL, "component.system": "4.2.0"}, model=EVIL)

    def a_wrong_token_says_why(self):
        self.page.call("Page.navigate", url=self.service.facts["url"] + "/")
        self.page.wait("!!document.getElementById('token')")
        self.sign_in("wrong")
        self.page.wait("document.querySelector('.refusal').innerText.includes('opens nothing here')")
        assert self.page.troubles and all(t.startswith(EXPECTED) for t in self.page.troubles), self.page.troubles
        self.page.troubles.clear()

    def the_right_token_opens_by_keyboard_alone(self):
        self.sign_in(self.service.facts["admin_token"])
        self.page.wait("document.querySelector('main h1')?.innerText === 'Fleet'")
        assert "admin" in self.text(".me")
        assert self.page.ask("document.cookie") == "", "scripts can read the cookie"
        cookies = self.page.call("Network.getCookies")["cookies"]
        assert [(c["name"], c["httpOnly"], c["secure"], c["sameSite"]) for c in cookies] == [("nightshift", True, True, "Strict")], cookies

    def a_restored_folder_is_told_of_until_somebody_accepts_it(self):
        said = self.text("[data-key=set-back]")
        trust = self.service.op("GET", "/trust")["store"]
        assert trust["why"] in said and trust["next"] in said and "2026-11-01" in said, said
        self.shoot("set-back")
        self.service.op("POST", "/trust/accept", {"reason": "the disk was renewed"})
        self.page.call("Page.reload")
        self.page.wait(f"!{CARD.format('set-back')}")

    def the_figures_are_those_of_the_api(self):
        """What was seen is written in batches: once it is, figures stand still."""
        end = time.monotonic() + 60
        while self.service.op("GET", "/fleet/summary")["seen"]["hour"] != 12:
            assert time.monotonic() < end
            time.sleep(0.2)
        summary = self.service.op("GET", "/fleet/summary")
        status = summary["by_status"]
        wanted = {"devices": 12, "in sync": status.get("in_sync", 0), "pending": status.get("pending", 0),
                  "error": status.get("error", 0), "seen within an hour": 12}
        self.page.wait("JSON.stringify(Object.fromEntries([...document.querySelectorAll('.figure')].map((f) => [f.querySelector('dt').innerText,"
                       f" Number(f.querySelector('dd').innerText)]))) === {json.dumps(json.dumps(wanted, separators=(',', ':')))}")
        runs = self.text(".family")
        for row in summary["by_version"]:
            assert f"{row['devices']} {row['version']}" in runs, (row, runs)

    def what_a_device_says_is_text(self):
        self.go("#/devices/mfp-evil")
        facts = self.text()
        assert facts.count(EVIL) == 2 and "<b>name</b>" in facts, facts
        self.go("#/devices?family=demo&q=mfp-e")
        assert EVIL in self.text("tbody")
        assert self.page.ask("document.querySelectorAll('main img, main b b, main script').length") == 0
        assert self.page.ask("window.pwned") is None and self.page.dialogs == 0

    def a_filter_lives_in_the_address(self):
        self.go("#/devices")
        assert self.page.ask("document.querySelectorAll('tbody tr').length") == 12
        self.page.ask("const s = document.querySelector('select[name=site]'); s.value = 'kathmandu';"
                      "s.dispatchEvent(new Event('change', {bubbles: true}))")
        self.page.wait("document.querySelectorAll('tbody tr').length === 3")
        assert self.page.ask("location.hash") == "#/devices?site=kathmandu"

    def windows_mean_what_they_mean_to_the_service(self):
        self.page.ask("Promise.all([import('/assets/nights.js'), import('/assets/plan.js')]).then(([n, p]) => { window.n = n; window.p = p; })")
        for window, day, minute, is_open in HOURS:
            seen = self.page.ask(f"window.n.isIn({json.dumps(window)}, {json.dumps({'day': day, 'minute': minute})})")
            assert seen is is_open, (window, day, minute, seen)
        for days, words in DAYS:
            assert self.page.ask(f"window.p.daysWords({json.dumps(days)})") == words

    def a_draft_says_how_to_start_it(self):
        draft = self.service.op("POST", "/rollouts", {
            "name": "Spring update", "release": self.release, "urgent": True, "terms": {"urgent_reason": "the page is shown by day"}, "stages": [{"kind": "group", "tag": "lab"}],
            "thresholds": {"fail_percent": 10, "healthy_percent": 75, "min_failures": 1, "deadline_h": 72, "soak_min": 0}})
        self.rollout = draft["id"]
        self.go(f"#/rollouts/{self.rollout}")
        assert f"nightshift rollout start {self.rollout}" in self.text()
        assert "devices tagged lab" in self.text()
        assert "urgent because: the page is shown by day" in self.text(".terms")
        self.service.op("POST", f"/rollouts/{self.rollout}/start", {})

    def progress_shows_without_a_reload(self):
        self.page.ask("window.same_document = true")
        stage = CARD.format(0)
        self.page.wait("document.querySelector('h1').innerText.includes('running')")
        for i, end in enumerate(["healthy", "healthy", "installing", "downloading"]):
            self.service.act(f"mfp-{i:02}", end)
        for words in ("2 healthy", "1 installing", "1 downloading"):
            self.page.wait(f"{stage}.innerText.includes({json.dumps(words)})")
        assert self.page.ask(f"{stage}.querySelector('.bar').getAttribute('aria-label')").startswith("stage 0: 2 healthy")
        self.shoot("rollout")
        self.service.act("mfp-02", "healthy")
        self.page.wait(f"{stage}.innerText.includes('done') && {CARD.format(1)}.innerText.includes('open')")
        assert self.page.ask("window.same_document") is True

    def a_hidden_tab_asks_nothing(self):
        """The only wait for time here: nothing may happen for longer than two polls."""
        self.page.ask("window.asked = 0; const f = window.fetch; window.fetch = (...a) => { window.asked++; return f(...a); };"
                      "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
                      "document.dispatchEvent(new Event('visibilitychange'))")
        time.sleep(1)
        before = self.page.ask("window.asked")
        time.sleep(4.5)
        assert self.page.ask("window.asked") == before
        self.page.ask("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
        self.page.wait(f"window.asked > {before}")

    def a_halt_shows_its_reason_and_what_failed_alike(self):
        for i in (4, 5):
            self.service.act(f"mfp-{i:02}", "failed", ["flashing engine", "SCN-SELFTEST: scanner self-test failed " + EVIL])
        seen = self.service.until(self.rollout, lambda r: r["state"] == "halted")
        self.page.wait(f"document.querySelector('.banner.bad')?.innerText.includes({json.dumps(seen['reason'])})")
        self.page.wait("document.querySelector('.faults')?.innerText.includes('2 devices')")
        self.page.wait(f"document.querySelector('.banner.bad').innerText.includes({json.dumps(seen['back']['text'][1:])})")
        assert EVIL in self.text(".faults") and self.page.ask("window.pwned") is None
        self.go("#/devices/mfp-04")
        assert "SCN-SELFTEST" in self.text(".history") and "flashing engine 2/3" in self.text(".history")

    def a_halt_shows_what_failures_share(self):
        """It takes a fleet to find that: here the service's answer is put in by hand."""
        cluster = {"kind": "model", "name": "model", "value": EVIL, "failed": 5, "good": 1, "failed_all": 6, "good_all": 9}
        self.go("#/")
        self.page.ask(f"window.plainly = window.fetch; window.fetch = async (url, ...more) => {{ const r = await plainly(url, ...more);"
                      f" if (!String(url).endsWith('/rollouts/{self.rollout}')) return r;"
                      f" return new Response(JSON.stringify({{...await r.json(), cluster: {json.dumps(cluster)}}}), {{status: 200}}); }}; 0")
        self.go(f"#/rollouts/{self.rollout}")
        self.page.wait("document.querySelector('.common')?.innerText.includes('of those that failed: 5 of 6')")
        assert "model = " + EVIL in self.text(".common") and "of those that did well: 1 of 9" in self.text(".common")
        self.shoot("cluster")
        self.page.ask("window.fetch = window.plainly; 0")

    def what_is_in_the_way_is_named(self):
        waits = self.service.op("GET", "/devices/mfp-09/why")["targets"][0]["waits"]
        self.go("#/devices/mfp-09")
        for wait in waits:
            self.page.wait(f"document.querySelector('.waits')?.innerText.includes({json.dumps(wait['text'])})")
        self.shoot("why")

    def a_release_shows_who_signed(self):
        self.go("#/releases")
        words = self.text()
        assert "published" in words and "1 of 1 signed" in words and "engineer-1" in words, words

    def what_is_not_there_says_so(self):
        self.go("#/rollouts")
        self.page.ask("location.hash = '#/devices/nobody'")
        self.page.wait("document.querySelector('.problem')?.innerText.includes('There is nothing here')")
        self.page.wait("document.querySelector('.problem').innerText.includes('nobody')")
        self.page.troubles = [t for t in self.page.troubles if "status of 404" not in t]

    # ---- backups ----

    def give(self, number, **metadata):
        """The printer of that number seals its settings with a fresh key and uploads them; the backup's id."""
        facts, folder = self.service.facts, tempfile.mkdtemp(dir=self.folder)
        recipient = self.service.op("GET", "/backup-custody")["recipient"]
        subprocess.run([os.path.join(os.environ["BIN_DIR"], "tests", "backup_tool"), folder, str(number + 1), recipient], check=True)
        path = os.path.join(folder, f"{number}.json")
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
        told["metadata"].update(metadata)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(told, file)
        line = subprocess.run(
            [sys.executable, os.path.join(HERE, "..", "backup", "fleet.py"), "give", folder, str(number), str(number + 1)],
            env={**os.environ, "URL": facts["url"], "CA": facts["ca"], "TENANT": facts["tenant"], "GATEWAY": facts["gateway_token"]},
            check=True, capture_output=True, text=True).stdout
        return int(line.split()[1])

    def press(self, words):
        self.page.wait(f"[...document.querySelectorAll('main button')].some((b) => b.innerText === {json.dumps(words)})")
        self.page.ask(f"[...document.querySelectorAll('main button')].find((b) => b.innerText === {json.dumps(words)}).click()")

    def show_token(self, token):
        self.page.wait("!!document.querySelector('dialog[open] #write-token')")
        self.page.call("Input.insertText", text=token)
        self.key("Enter", "\r")

    def custody_stands_on_the_fleet(self):
        self.go("#/")
        for words in ("service custody", "locked in memory"):
            self.page.wait(f"document.querySelector('main').innerText.includes({json.dumps(words)})")

    def backups_are_listed_with_what_keeps_them(self):
        self.backup = self.give(0)
        self.give(0, trigger="technician", taken="2026-09-02T11:00:00Z")
        self.service.op("POST", f"/backups/{self.backup}/hold", {"reason": "asked by a court " + EVIL})
        self.go("#/devices/mfp-0")
        self.page.wait(f"{CARD.format('backups')}.querySelectorAll('tbody tr').length === 2")
        words = self.text("[data-key=backups]")
        for said in ("held", "asked for", "at the panel", "26 items in 3 categories", "asked by a court " + EVIL):
            assert said in words, (said, words)
        assert "24 addressbook" in self.page.ask("document.querySelector('.contents').textContent")

    def asking_for_one_shows_the_token_again(self):
        self.press("Ask for a backup now")
        self.show_token("wrong")
        self.page.wait("document.querySelector('dialog .refusal')?.innerText.includes('opens nothing here')")
        self.shoot("token")
        assert self.service.op("GET", "/devices/mfp-0")["backup"].get("wanted") is None
        self.page.ask("document.getElementById('write-token').focus()")
        self.show_token(self.service.facts["admin_token"])
        self.page.wait(f"{CARD.format('backups')}.innerText.includes('next check-in')")
        assert self.service.op("GET", "/devices/mfp-0")["backup"]["wanted"]
        kept = self.page.ask("JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie])")
        assert self.service.facts["admin_token"] not in kept, "the token was written down"
        self.page.troubles = [t for t in self.page.troubles if not t.startswith(EXPECTED)]

    def a_plan_is_read_before_it_is_started(self):
        self.page.ask(f"const b = document.querySelector('.planning select'); b.value = '{self.backup}';"
                      "b.dispatchEvent(new Event('change', {bubbles: true}))")
        self.press("Plan a restore")
        self.page.wait("!!document.querySelector('.restore details[open] pre')?.innerText")
        number = self.service.op("GET", "/restores?device=mfp-0")["items"][0]["id"]
        self.restore = self.service.op("GET", f"/restores/{number}")
        assert (self.restore["state"], self.restore["backup"]) == ("planned", self.backup), self.restore
        assert self.page.ask("document.querySelector('.restore pre').textContent") == self.restore["text"]
        assert f"{self.restore['counts']['exact']} as it is" in self.text(".restore")
        self.shoot("planned")
        self.press("Start it, as planned")
        self.page.wait("document.querySelector('.restore .chip').innerText === 'offered'")

    def a_restore_shows_what_came_of_it(self):
        number = self.restore["id"]
        self.service.restored("mfp-0", number, [
            {"name": "addressbook", "result": "applied", "items": 24, "text": EVIL},
            {"name": "network", "result": "applied", "items": 1}, {"name": "scan-destinations", "result": "skipped", "text": "as before"}])
        self.give(0, trigger="after-restore", restore=str(number), taken="2026-09-02T12:00:00Z")
        self.page.wait("document.querySelector('.restore .chip').innerText === 'done'")
        assert EVIL in self.text(".results"), self.text(".results")
        self.go(f"#/restores/{number}")
        self.page.wait("document.querySelector('main').innerText.includes('Afterwards')")
        self.page.wait("document.querySelector('main').innerText.includes('The device has what was sent. Compared with backup 3.')")

    def who_must_still_agree_is_named(self):
        rule = self.service.op("GET", "/backup-rules")["items"]
        self.service.op("PUT", "/backup-rules", {"customer": "", "needs_approval": True, "needs_consent": True})
        second = self.service.op("POST", "/restores", {"backup": self.backup, "device": "mfp-0"})
        self.go("#/devices/mfp-0")
        self.page.wait(f"document.querySelector('.restore').innerText.includes('missing: another person than {second['created_by']}')")
        assert "missing: the customer has not agreed" in self.text(".restore"), rule
        self.press("Approve")
        self.page.wait("!!document.querySelector('.restore .refusal')?.innerText")
        self.shoot("agreement")
        self.service.op("POST", f"/restores/{second['id']}/consent", {"by": "Ana " + EVIL, "text": EVIL})
        self.page.wait(f"document.querySelector('.restore').innerText.includes({json.dumps('Ana ' + EVIL)})")
        self.press("Call it off")
        self.page.wait("document.querySelector('.restore .chip').innerText === 'called off'")
        self.page.troubles = [t for t in self.page.troubles if "status of 40" not in t]

    def a_swapped_board_is_seen_and_joined(self):
        self.give(1)
        self.service.ddi("PUT", "mfp-1", "/configData", {"mode": "merge", "data": {"serial": "SN-0"}})
        self.go("#/devices/mfp-1")
        self.page.wait("document.querySelector('.banner.warn')?.innerText.includes('Another machine claims this serial')")
        assert "nightshift device join mfp-1 --former mfp-0" in self.text(".banner.warn")
        self.shoot("twin")
        self.service.op("POST", "/devices/mfp-1/join", {"former": "mfp-0", "work_order": "WO-7 " + EVIL})
        self.page.wait("document.querySelector('main').innerText.includes('Who it was before')")
        assert "WO-7 " + EVIL in self.text()
        self.page.wait(f"{CARD.format('backups')}.innerText.includes('as mfp-0')")
        assert self.page.ask("document.querySelectorAll('main img, main script').length") == 0 and self.page.ask("window.pwned") is None

    def every_page_fits_both_widths(self):
        for name, address in (("fleet", "#/"), ("rollouts", "#/rollouts"), ("halted", f"#/rollouts/{self.rollout}"), ("devices", "#/devices"),
                              ("device", "#/devices/mfp-04"), ("releases", "#/releases"), ("backups", "#/devices/mfp-0"), ("joined", "#/devices/mfp-1"),
                              ("restore", f"#/restores/{self.restore['id']}")):
            self.go(address)
            self.shoot(name)

    def shoot(self, name):
        for width in (1280, 390):
            for scheme in ("light", "dark"):
                self.page.look(width, scheme=scheme)
                wide = self.page.ask("document.documentElement.scrollWidth")
                assert wide <= width, f"{name} is {wide} wide at {width}"
                self.page.shoot(os.path.join(self.folder, f"{name}-{width}-{scheme}.png"))
        self.page.look(1280)

    def signing_out_takes_the_cookie_back(self):
        self.page.ask("document.querySelector('.who button').click()")
        self.page.wait("!!document.getElementById('token') && document.body.innerText.includes('signed out')")
        assert self.page.call("Network.getCookies")["cookies"] == []
        self.page.call("Page.reload")
        self.page.wait("!!document.getElementById('token')")
        assert "mfp" not in self.page.ask("document.body.innerText")

    def nothing_was_refused_or_thrown(self):
        assert self.page.troubles == [], self.page.troubles


# In this order: each step goes on from where the one before ended.
STORY = [
    Story.fleet, Story.a_wrong_token_says_why, Story.the_right_token_opens_by_keyboard_alone,
    Story.a_restored_folder_is_told_of_until_somebody_accepts_it, Story.the_figures_are_those_of_the_api,
    Story.what_a_device_says_is_text, Story.a_filter_lives_in_the_address,
    Story.windows_mean_what_they_mean_to_the_service, Story.a_draft_says_how_to_start_it,
    Story.progress_shows_without_a_reload, Story.a_hidden_tab_asks_nothing, Story.a_halt_shows_its_reason_and_what_failed_alike,
    Story.a_halt_shows_what_failures_share, Story.what_is_in_the_way_is_named,
    Story.a_release_shows_who_signed, Story.what_is_not_there_says_so,
    Story.custody_stands_on_the_fleet, Story.backups_are_listed_with_what_keeps_them, Story.asking_for_one_shows_the_token_again,
    Story.a_plan_is_read_before_it_is_started, Story.a_restore_shows_what_came_of_it, Story.who_must_still_agree_is_named,
    Story.a_swapped_board_is_seen_and_joined, Story.every_page_fits_both_widths,
    Story.signing_out_takes_the_cookie_back, Story.nothing_was_refused_or_thrown,
]

story = Story(*sys.argv[1:])
try:
    for step in STORY:
        step(story)
        print("ok", step.__name__, flush=True)
finally:
    story.page.close()
