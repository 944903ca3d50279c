// Roles of the organisation's own: made, given, felt by the person at once, explained, deleted.
import { everyLook, expect, field, hydrated, OWNER, signIn, test, watchErrors } from '../fixtures.ts';

test.use({ story: 'roles' });

test.describe.configure({ mode: 'serial' });

const NINA = { email: 'nina@harbour.example', password: 'nights are for reading mail' };

test('a role is made from an administrator role and stands in the matrix', async ({ console: page }) => {
    await page.goto('/people');
    await hydrated(page);
    await page.getByRole('link', { name: 'Roles' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Roles' })).toBeVisible();
    await expect(page.getByText('No role of your own yet')).toBeVisible();
    await everyLook(page, 'roles-empty');
    await page.getByRole('link', { name: 'New role' }).first().click();
    await page.getByRole('link', { name: 'Read-only administrator', exact: true }).click();
    await expect(field(page, 'name')).toHaveValue('Read-only administrator');
    await everyLook(page, 'role-new');
    await field(page, 'name').fill('Owner');
    await page.getByRole('button', { name: 'Make role' }).click();
    await expect(page.locator('#new-role-name-problem')).toContainText('built-in role');
    await field(page, 'name').fill('Night shift');
    // Only mail and the own account are left.
    for (const word of ['tenant.read', 'people.read', 'people.profiles_read', 'email.read']) await page.locator(`main input[value="${word}"]`).uncheck();
    await expect(page.locator('main input[value="tenant.write"]')).toBeDisabled();
    await page.getByRole('button', { name: 'Make role' }).click();
    await page.waitForURL(/\/people\/roles$/);
    await expect(page.locator('#roles thead').getByRole('link', { name: 'Night shift' })).toBeVisible();
    await everyLook(page, 'roles');
});

test('somebody with it sees exactly its rooms, and a change counts at once', async ({ console: page, browser, server }) => {
    // Made with a password at once: an invitation is the people spec's.
    const headers = { accept: 'application/json', origin: server.url };
    const roles = (await (await page.request.post('/api/people/list_roles', { data: {}, headers })).json()) as { role: { id: string; name: string } }[];
    const role = roles.find((row) => row.role.name === 'Night shift')?.role.id;
    const made = await page.request.post('/api/people/create', { data: { name: 'Nina Night', email: NINA.email, role, password: NINA.password }, headers });
    expect(made.status()).toBe(200);
    await page.goto('/people');
    await hydrated(page);
    await expect(page.getByRole('cell', { name: 'Night shift' })).toBeVisible();

    const context = await browser.newContext({ baseURL: server.url });
    const nina = await context.newPage();
    const errors = watchErrors(nina);
    await signIn(nina, server.url, NINA.email, NINA.password);
    await hydrated(nina);
    const rooms = nina.getByRole('navigation').first();
    await expect(rooms.getByRole('link', { name: 'Email' })).toBeVisible();
    for (const name of ['People', 'Settings', 'Audit log']) await expect(rooms.getByRole('link', { name })).toHaveCount(0);
    for (const path of ['/people', '/tenant', '/audit', '/people/roles', '/email/compose']) expect((await nina.goto(path))?.status(), path).toBe(404);
    expect((await nina.goto('/email'))?.status()).toBe(200);
    await nina.goto('/account');
    await expect(nina.getByText('You are signed in as Night shift.')).toBeVisible();

    await page.goto('/people/roles');
    await page.locator('#own-roles').getByRole('link', { name: 'Night shift' }).click();
    await hydrated(page);
    await everyLook(page, 'role');
    await page.locator('main input[value="people.read"]').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('Saved', { exact: true }).first()).toBeVisible();
    expect((await nina.goto('/people'))?.status()).toBe(200);
    expect((await nina.goto('/people/new'))?.status()).toBe(404);
    expect(errors).toEqual([]);
    await context.close();
});

test('the page of a person says what they may do, and why', async ({ console: page }) => {
    await page.goto('/people');
    await hydrated(page);
    await page.getByRole('link', { name: 'Nina Night' }).click();
    const why = page.locator('#may');
    await expect(why.getByRole('row', { name: /Read email/ })).toContainText('Yes');
    await expect(why.getByRole('row', { name: /Read email/ })).toContainText('own role Night shift allows it');
    await expect(why.getByRole('row', { name: /Change tenant settings/ })).toContainText('Only owners may');
    await hydrated(page);
    await everyLook(page, 'person-why');
    await page.getByRole('button', { name: 'Deactivate' }).first().click();
    await expect(why.getByRole('row', { name: /Read email/ })).toContainText('deactivated');
    await page.getByRole('button', { name: 'Activate' }).first().click();
    await expect(why.getByRole('row', { name: /Read email/ })).toContainText('Yes');
});

test.describe('without script', () => {
    test.use({ javaScriptEnabled: false });
    test('deleting a role asks where its people go', async ({ page, server }) => {
        await signIn(page, server.url, OWNER.email, OWNER.password);
        await page.goto('/people/roles');
        await page.locator('#own-roles').getByRole('link', { name: 'Night shift' }).click();
        await field(page, 'move_to').selectOption({ label: 'Agent' });
        await page.getByRole('button', { name: 'Delete role' }).click();
        await page.goto('/people');
        await expect(page.getByRole('row', { name: /Nina Night/ })).toContainText('Agent');
        await page.goto('/people/roles');
        await expect(page.getByText('Night shift')).toHaveCount(0);
    });
});
