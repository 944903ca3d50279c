// The tenant's time zone and what follows it in every open page; the zone of reports; the filters and files of the audit log.
import type { Page } from '@playwright/test';
import { axe, everyLook, expect, field, hydrated, OWNER, shot, signIn, test, watchErrors } from '../fixtures.ts';

test.use({ story: 'time' });

// One story on one server.
test.describe.configure({ mode: 'serial' });

/** Finds a zone by typing and chooses it. */
async function chooseZone(page: Page, typed: string, name: string): Promise<void> {
    const entry = page.getByRole('combobox', { name: 'Time zone' });
    await entry.fill(typed);
    // The name is at the beginning: the word UTC is in the line of every zone.
    await expect(page.getByRole('option').first()).toHaveText(new RegExp(`^\\s*${name}`));
    await entry.press('Enter');
    await expect(field(page, 'time_zone')).toHaveValue(name);
}

async function setZone(page: Page, typed: string, name: string): Promise<void> {
    await page.goto('/tenant');
    await hydrated(page);
    await chooseZone(page, typed, name);
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText(new RegExp(`${name}: now \\d\\d:\\d\\d, UTC`))).toBeVisible();
}

/** The times of a list as the page shows them, with the moments behind them. */
async function times(page: Page): Promise<{ text: string; iso: string }[]> {
    return page.locator('main time').evaluateAll((all) => all.map((one) => ({ text: one.textContent ?? '', iso: one.getAttribute('datetime') ?? '' })));
}

test('a zone is found by city, region and abbreviation, each with its time and its next change', async ({ console: page }) => {
    await page.goto('/tenant');
    await hydrated(page);
    const entry = page.getByRole('combobox', { name: 'Time zone' });
    for (const [typed, name] of [['york', 'America/New_York'], ['kolkata', 'Asia/Kolkata'], ['jst', 'UTC+09:00'], ['lord howe', 'Australia/Lord_Howe'], ['europe/lon', 'Europe/London']] as const) {
        await entry.fill(typed);
        await expect(page.getByRole('option').first(), typed).toContainText(name);
        await expect(page.getByRole('option').first()).toContainText(/now \d\d:\d\d, UTC[+-]\d\d:\d\d, (changes on \d+ \w+|no daylight saving)/);
    }
    await axe(page);
    await shot(page, 'tenant-zone-list');
    await entry.press('Escape');
    await everyLook(page, 'tenant-zone');
});

test('a zone that does not exist is refused in a sentence at its field', async ({ console: page }) => {
    const answer = await page.request.post('/api/tenant/update', { data: { name: OWNER.tenant, time_zone: 'Europe/Atlantis' }, headers: { accept: 'application/json', 'sec-fetch-site': 'same-origin' } });
    expect(answer.status()).toBe(400);
    expect(await answer.json()).toMatchObject({ field: 'time_zone' });
});

test('every open page follows a new zone at once, and a form that is being filled in keeps its words', async ({ console: owner, browser, server }) => {
    await owner.goto('/tenant');
    await expect(field(owner, 'time_zone'), 'a new organisation is in UTC').toHaveValue('UTC');
    const other = await browser.newContext({ baseURL: server.url });
    const [list, form, account] = [await other.newPage(), await other.newPage(), await other.newPage()];
    const errors = [list, form, account].map(watchErrors);
    await signIn(list, server.url, OWNER.email, OWNER.password);
    await list.goto('/audit');
    await hydrated(list);
    const before = await times(list);
    expect(before.length).toBeGreaterThan(0);
    for (const { text, iso } of before) {
        expect(text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
        expect(iso).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);
    }
    await form.goto('/people/new');
    await hydrated(form);
    await field(form, 'name').fill('Peter Half-Written');
    await account.goto('/account?tab=sessions');
    await hydrated(account);
    for (const page of [list, form, account]) await page.evaluate(() => ((window as unknown as { mark?: string }).mark = 'same document'));

    await setZone(owner, 'kathm', 'Asia/Kathmandu');

    await expect(list.locator('main time').first()).toHaveAttribute('datetime', /\+05:45$/);
    const after = await times(list);
    const known = after.find(({ iso }) => Date.parse(iso) === Date.parse(before[0]?.iso ?? ''));
    expect(known, 'the same moment, told in the new zone').toBeTruthy();
    expect(known?.text).not.toBe(before[0]?.text);
    await expect(list.getByText('Times are now shown in Asia/Kathmandu.')).toBeVisible();
    await expect(account.locator('main time').first()).toHaveAttribute('datetime', /\+05:45$/);
    await expect(form.getByText('The time zone is now Asia/Kathmandu.')).toBeVisible();
    await expect(field(form, 'name')).toHaveValue('Peter Half-Written');
    await axe(form);
    await everyLook(form, 'zone-changed-while-typing');
    await expect(field(form, 'name')).toHaveValue('Peter Half-Written');
    await field(form, 'name').fill('');
    await expect(form.getByText('The time zone is now Asia/Kathmandu.'), 'nothing typed any more: the page has followed').toBeHidden();
    for (const page of [list, form, account]) expect(await page.evaluate(() => (window as unknown as { mark?: string }).mark), 'no page was loaded again').toBe('same document');

    await owner.goto('/account?tab=sessions');
    await hydrated(owner);
    await owner.getByRole('button', { name: /other/i }).first().click();
    await expect(list.getByText('Your session has ended.')).toBeVisible();
    await axe(list);
    await shot(list, 'session-ended');
    expect(errors.flat()).toEqual([]);
    await other.close();
});

test('the audit log is narrowed by who and on what, and leaves as a file in the zone of reports', async ({ console: page }) => {
    await page.goto('/audit?subject=tenant&actor=olivia');
    await hydrated(page);
    await expect(page.getByRole('cell', { name: 'tenant.updated' }).first()).toBeVisible();
    await everyLook(page, 'audit-filtered');
    const csv = await (await page.request.get('/audit/export.csv?subject=tenant')).text();
    expect(csv.split('\r\n')[0]).toContain('id,at (UTC),at_iso,');
    const json = (await (await page.request.get('/audit/export.json?subject=tenant')).json()) as { at: string; hash: string }[];
    expect(json[0]?.at).toMatch(/\.\d{3}\+00:00$/);
    expect(json[0]?.hash).toMatch(/^[0-9a-f]{64}$/);

    await page.goto('/tenant/records');
    await hydrated(page);
    await field(page, 'audit_days').fill('7');
    await page.locator('[name="reports_in"][value="tenant"]').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('alert').first()).toContainText('30');
    await expect(page.locator('[name="reports_in"][value="tenant"]')).toBeChecked();
    await field(page, 'audit_days').fill('400');
    await everyLook(page, 'tenant-records');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Saved', { exact: true }).first()).toBeVisible();
    await page.reload();
    await expect(field(page, 'audit_days')).toHaveValue('400');
    const own = await (await page.request.get('/audit/export.csv?subject=tenant')).text();
    expect(own.split('\r\n')[0]).toContain('id,at (Asia/Kathmandu),at_iso,');
});

test('switchboard audit verify finds the chain intact', async ({ server, owner }) => {
    expect(owner.storage.cookies.length).toBeGreaterThan(0);
    expect(await server.command(['audit', 'verify', '--tenant', OWNER.tenant])).toContain(`✓ ${OWNER.tenant}: intact, `);
});

test('the audit page verifies the chain', async ({ console: page }) => {
    await page.goto('/audit');
    await hydrated(page);
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await expect(page.getByRole('alert').first()).toContainText('The chain holds');
    await expect(page.getByRole('alert').first()).toContainText(/The log is intact, \d+ entries/);
    await everyLook(page, 'audit-verified');
});

test.describe('without script', () => {
    test.use({ javaScriptEnabled: false });
    test('the zone is chosen from the whole list', async ({ browser, server, owner }) => {
        const context = await browser.newContext({ baseURL: server.url, storageState: owner.storage, javaScriptEnabled: false });
        const page = await context.newPage();
        await page.goto('/tenant');
        await field(page, 'time_zone').selectOption('Europe/Lisbon');
        await page.getByRole('button', { name: 'Save' }).click();
        await expect(field(page, 'time_zone')).toHaveValue('Europe/Lisbon');
        await context.close();
    });
    test('the chain is verified by a plain post', async ({ browser, server, owner }) => {
        const context = await browser.newContext({ baseURL: server.url, storageState: owner.storage, javaScriptEnabled: false });
        const page = await context.newPage();
        await page.goto('/audit');
        await page.getByRole('button', { name: 'Verify the chain' }).click();
        await expect(page.getByText('The chain holds')).toBeVisible();
        await context.close();
    });
});
