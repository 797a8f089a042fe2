"""Looking after people, in a real browser on a real school."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, expect

from server.seed import ADMIN, DEMO_PASSWORD
from tests.browser.window import DESKTOP, Window, email_of, window
from tests.harness.school import School

OFFICE = "Administration"


async def administering(opened: Window, path: str) -> None:
    await opened.open("/sign-in")
    await opened.enter(ADMIN.email, DEMO_PASSWORD)
    await opened.open(path)


async def test_a_new_role_changes_the_menu_of_an_open_window(browser: Browser, school: School):
    """Found by name, made a manager and a student again: the other window's menu follows without a reload."""
    person = await school.person(firstName="Mina", lastName="Okonkwo")
    async with window(browser, school.url) as office, window(browser, school.other_url) as hers:
        await hers.sign_in(await email_of(person))
        await administering(office, "/admin/users")
        await office.page.get_by_role("searchbox").fill("okonk")
        await office.page.get_by_role("link", name="Mina Okonkwo").first.click()
        await office.heading("Mina Okonkwo")
        menu = hers.page.get_by_role("navigation", name="Account").get_by_role("link", name=OFFICE)
        await expect(menu).to_have_count(0)
        for role, links in (("manager", 1), ("student", 0)):
            await office.page.get_by_role("form", name="Role", exact=True).get_by_label("Role").select_option(role)
            await office.press("Change role")
            await expect(office.page.get_by_text(f"The role is now {role}.")).to_be_visible()
            await expect(menu).to_have_count(links, timeout=3_000)
        await hers.state("Live")


async def test_a_further_role_is_given_and_taken_back(browser: Browser, school: School):
    """In one course, with its id; a wrong id is refused where it was typed."""
    person, instructor = await school.person(), await school.person("instructor")
    course = await school.course(instructor)
    async with window(browser, school.url) as office:
        await administering(office, f"/admin/users/{person.id}")
        form = office.page.get_by_role("form", name="Give a further role")
        await form.get_by_label("What").select_option("facilitator")
        await form.get_by_label("Where").select_option("course")
        await form.get_by_label("Id of the place").fill("nowhere")
        await form.get_by_role("button").click()
        await expect(form.get_by_text("This does not have the right form.")).to_be_visible()
        await form.get_by_label("Id of the place").fill(course)
        await form.get_by_role("button").click()
        await office.press("Remove facilitator")
        await office.press("Yes, remove")
        await expect(office.page.get_by_text("Removed.")).to_be_visible()


async def test_an_account_is_suspended_and_let_in_again(browser: Browser, school: School):
    """The page shows the state that it has made, and what was done stands in the activity."""
    person = await school.person()
    async with window(browser, school.url) as office:
        await administering(office, f"/admin/users/{person.id}")
        await office.fill("Reason", "The account was shared.")
        await office.press("Suspend")
        await expect(office.page.get_by_text("nobody gets in with it")).to_be_visible()
        await office.press("Let in again")
        await expect(office.page.get_by_text("may sign in again")).to_be_visible()
        await office.page.reload()
        await expect(office.page.get_by_text("Account suspended")).to_be_visible()


async def test_nothing_is_anonymised_by_a_slip(browser: Browser, school: School):
    """The username has to be typed; then there is no such account any more."""
    person = await school.person(firstName="Ida", lastName="Forgotten", username="ida.forgotten")
    async with window(browser, school.url) as office:
        await administering(office, f"/admin/users/{person.id}")
        await office.heading("Ida Forgotten")
        await office.press("Anonymise")
        await office.fill("Username", "ida")
        await office.press("Anonymise for good")
        await expect(office.page.get_by_text("That is not the username.")).to_be_visible()
        await office.fill("Username", "ida.forgotten")
        await office.press("Anonymise for good")
        await office.heading("People")
        await office.page.get_by_role("searchbox").fill("ida.forgotten")
        await expect(office.page.get_by_text("No account found")).to_be_visible()


async def test_an_invite_code_opens_a_role(browser: Browser, school: School):
    """Made here and used at the sign-up page; the list then says that it is used."""
    async with window(browser, school.url) as office, window(browser, school.url) as theirs:
        await administering(office, "/admin/invites")
        await office.page.get_by_label("Role").select_option("tutor")
        await office.press("Make the code")
        code = await office.page.locator("code.secret").inner_text()
        await theirs.open(f"/sign-up?invite={code}")
        for label, text in {"First name": "Uma", "Last name": "Lind", "E-mail address": "uma@school.example"}.items():
            await theirs.fill(label, text)
        await theirs.fill("Password", "correct horse battery")
        await theirs.press("Create account")
        await theirs.state("Live")
        await office.page.reload()
        await expect(office.page.get_by_text("used 1 of 1 times").first).to_be_visible()


async def test_the_audit_log_is_filtered_and_readable(browser: Browser, school: School, tmp_path: Path):
    """By action and by subject: words for people, and who did it as a link."""
    person = await school.person(firstName="Aud", lastName="Ited")
    async with window(browser, school.url, viewport=DESKTOP, reduced_motion="reduce") as office:
        await administering(office, "/admin/audit")
        await office.fill("What", "user.")
        await office.fill("On what", f"user:{person.id}")
        await office.press("Filter")
        rows = office.page.get_by_role("row").filter(has=office.page.get_by_role("rowheader"))
        await expect(rows).to_have_count(1)
        await expect(rows).to_contain_text("Account made")
        await expect(rows.get_by_role("link", name="Aud Ited").last).to_be_visible()
        await office.looks_right(tmp_path / "audit.png")


async def test_the_pages_of_the_office_are_accessible(browser: Browser, school: School, tmp_path: Path):
    """axe finds nothing, and nothing sticks out; on a desk, by day, in English."""
    person = await school.person(firstName="Zoe", lastName="Accessible")
    async with window(browser, school.url, viewport=DESKTOP, reduced_motion="reduce") as office:
        await administering(office, "/admin/users")
        await expect(office.page.get_by_role("row").nth(1)).to_be_visible()
        await office.looks_right(tmp_path / "people.png")
        await office.open(f"/admin/users/{person.id}")
        await expect(office.page.get_by_role("form", name="Give a further role")).to_be_visible()
        await office.looks_right(tmp_path / "account.png")
        await office.open("/admin/invites")
        await expect(office.page.get_by_role("button", name="Make the code")).to_be_visible()
        await office.looks_right(tmp_path / "invites.png")
