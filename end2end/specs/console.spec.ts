// What every page of the console has: looks, keyboard, palette, shortcuts, themes, leave guard, errors.
import { everyLook, expect, field, hydrated, test } from '../fixtures.ts';

test.use({ story: 'console' });

const PAGES = [
    ['/', 'overview'],
    ['/account', 'account'],
    ['/account?tab=password', 'account-password'],
    ['/account?tab=sessions', 'account-sessions'],
    ['/account?tab=tokens', 'account-tokens'],
    ['/people', 'people'],
    ['/people/new', 'people-new'],
    ['/tenant', 'tenant'],
    ['/audit', 'audit-list'],
    ['/gallery', 'gallery'],
] as const;

for (const [path, name] of PAGES) {
    test(`${path} stands in every look and is accessible`, async ({ console: page }) => {
        // Every component in every state: axe alone takes ten seconds in each look.
        if (path === '/gallery') test.slow();
        await page.goto(path);
        await hydrated(page);
        await everyLook(page, name);
    });
}

test('an address that does not exist says so', async ({ console: page }) => {
    const answer = await page.goto('/no/such/page');
    expect(answer?.status()).toBe(404);
    await everyLook(page, 'not-found');
});

test('the palette leads to a room by keyboard alone', async ({ console: page }) => {
    await page.goto('/');
    await hydrated(page);
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('combobox')).toBeFocused();
    await page.keyboard.type('audit');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/audit$/);
});

test('the question mark shows the shortcuts, and not while typing', async ({ console: page }) => {
    await page.goto('/people');
    await hydrated(page);
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
    await page.getByRole('searchbox').first().fill('what?');
    await expect(page.getByRole('dialog')).toBeHidden();
});

test('unsaved changes are announced and guarded', async ({ console: page }) => {
    await page.goto('/account');
    await hydrated(page);
    await field(page, 'name').fill('Olivia the First');
    await expect(page.getByText(/unsaved/i).first()).toBeVisible();
    await page.getByRole('link', { name: 'Audit log' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(field(page, 'name')).toHaveValue('Olivia the First');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Saved', { exact: true }).first()).toBeVisible();
});

test('the theme is remembered without a flash', async ({ console: page }) => {
    await page.goto('/');
    await hydrated(page);
    const before = await page.evaluate(() => document.documentElement.dataset['theme']);
    await page.getByRole('button', { name: 'Colours' }).click();
    await page.locator('button[name="theme"][value="dark"]').click();
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).not.toBe(before);
    const chosen = await page.evaluate(() => document.documentElement.dataset['theme']);
    const answer = await page.request.get('/');
    expect(await answer.text()).toContain(`data-theme="${chosen}"`);
});

test('a token is shown once and works', async ({ console: page, server }) => {
    await page.goto('/account?tab=tokens');
    await hydrated(page);
    await field(page, 'name').fill('Nightly export');
    await page.locator('main input[type="checkbox"][value="account.own"]').check();
    await page.getByRole('button', { name: 'Make token' }).click();
    await expect(page.getByText(/sbt_/).first()).toBeVisible();
    const token = (await page.locator('main code', { hasText: 'sbt_' }).first().textContent()) ?? '';
    const answer = await fetch(`${server.url}/api/account/list_sessions`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: '{}' });
    expect(answer.status).toBe(200);
    await page.reload();
    expect(await page.textContent('main')).not.toContain(token);
});
