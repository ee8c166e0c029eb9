"""/docs/ in a real browser: headless Chromium, driven by its own driver."""

import json
import shutil

import pytest

from gateway import Gateway, wait_until

if not (shutil.which("chromium") and shutil.which("chromedriver")):
    pytest.skip("no chromium here: scripts/setup --tests installs it where the distribution has it",
                allow_module_level=True)

from selenium import webdriver  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402


@pytest.fixture
def browser(tmp_path):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
                     "--window-size=1280,1600", f"--user-data-dir={tmp_path}/profile",
                     "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"):  # nothing from elsewhere
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


def test_an_operation_is_tried_out(tmp_path, browser):
    with Gateway(tmp_path) as gateway:
        gateway.wait_ready()
        patience = WebDriverWait(browser, 60)

        def find(selector):
            return patience.until(lambda page: page.find_element(By.CSS_SELECTOR, selector))

        browser.get(f"http://127.0.0.1:{gateway.port}/docs/")
        find("#operations-tag-Inventory_v1").click()
        operation = '[id^="operations-"][id$="-listResourcePoolsV1"]'
        find(f"{operation} .opblock-summary-control").click()
        find(f"{operation} .try-out__btn").click()
        limit = find(f'{operation} tr[data-param-name="limit"] input')
        limit.clear()
        limit.send_keys("2")
        find(f"{operation} .execute").click()
        assert find(f"{operation} .live-responses-table tr.response .response-col_status").text.startswith("200")
        assert "limit=2" in find(f"{operation} .request-url .microlight").text
        shown = json.loads(find(f"{operation} .live-responses-table tr.response .response-col_description .microlight").text)
        items = gateway.get("/o2ims/v1/resourcePools?limit=2").json["items"]
        assert shown["items"] == items and len(items) == 2

        complaints = [entry for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        assert complaints == []
