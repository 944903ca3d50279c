// People: invitations used in a second browser, files with wrong lines, the last owner, many at once, teams, deleting.
import { everyLook, expect, field, hydrated, OWNER, signIn, test, watchErrors } from '../fixtures.ts';
import type { Browser, Page } from '@playwright/test';

test.use({ story: 'people' });

const PASSWORD = 'one more sentence for the tests';

/** Invites somebody by a link through the page; gives the link and leaves the page where it was. */
async function inviteByLink(page: Page, email: string, name = ''): Promise<string> {
    await page.goto('/people/new');
    await hydrated(page);
    await field(page, 'email').fill(email);
    await field(page, 'name').fill(name);
    await page.getByRole('radio', { name: /By a link/ }).check();
    await page.getByRole('button', { name: 'Invite', exact: true }).click();
    await expect(page.getByText('The invitation is ready')).toBeVisible();
    return (await page.locator('main code').filter({ hasText: '/invitation/' }).textContent()) ?? '';
}

/** Another browser, with nobody signed in. */
async function stranger(browser: Browser, baseURL: string, options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
    const context = await browser.newContext({ baseURL, ...options });
    const page = await context.newPage();
    const errors = watchErrors(page);
    page.on('close', () => expect(errors, 'errors in the second browser').toEqual([]));
    return page;
}

/** Accepts an invitation as the person invited. */
async function accept(page: Page, link: string, name: string): Promise<void> {
    await page.goto(link);
    await hydrated(page);
    await field(page, 'name').fill(name);
    await field(page, 'password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Accept and sign in' }).click();
    await page.waitForURL((address) => address.pathname === '/');
}

test('somebody invited by a link joins in a second browser, and the link is used up', async ({ console: page, browser, server }) => {
    const link = await inviteByLink(page, 'ivy@harbour.example');
    expect(link).toContain('/invitation/');
    await page.goto('/people?status=invited');
    await expect(page.getByRole('row', { name: /ivy@harbour.example/ })).toContainText('Invited');

    const ivy = await stranger(browser, server.url);
    await ivy.goto(link);
    await hydrated(ivy);
    await expect(ivy.getByText(`${OWNER.tenant} invites you`)).toBeVisible();
    await everyLook(ivy, 'invitation');
    await field(ivy, 'password').fill('too short');
    await ivy.getByRole('button', { name: 'Accept and sign in' }).click();
    await expect(ivy.getByText(/Use at least 15 characters/).first()).toBeVisible();
    await accept(ivy, link, 'Ivy Lee');
    await expect(ivy.getByRole('navigation').first()).toBeVisible();

    const second = await stranger(browser, server.url);
    await second.goto(link);
    await expect(second.getByText('This invitation has been used')).toBeVisible();
    await everyLook(second, 'invitation-used');
    await page.goto('/people?search=ivy');
    await expect(page.getByRole('row', { name: /ivy@harbour.example/ })).toContainText('Active');
    await ivy.context().close();
    await second.context().close();
});

test('an invitation is accepted without script, and one that was taken back says so', async ({ console: page, browser, server }) => {
    const link = await inviteByLink(page, 'plain@harbour.example');
    const plain = await stranger(browser, server.url, { javaScriptEnabled: false });
    await plain.goto(link);
    await plain.locator('[name="name"]').fill('Pat Plain');
    await plain.locator('[name="password"]').fill(PASSWORD);
    await plain.getByRole('button', { name: 'Accept and sign in' }).click();
    await plain.waitForURL((address) => address.pathname === '/');
    await plain.context().close();

    const gone = await inviteByLink(page, 'gone@harbour.example');
    await page.getByRole('link', { name: 'See the person' }).click();
    await expect(page.getByText('gone is invited')).toBeVisible();
    await everyLook(page, 'people-invited');
    await page.getByRole('button', { name: 'Make a new link' }).click();
    await expect(page.getByText('The invitation is ready')).toBeVisible();
    const newer = (await page.locator('main code').filter({ hasText: '/invitation/' }).textContent()) ?? '';
    const other = await stranger(browser, server.url);
    await other.goto(gone);
    await expect(other.getByText('There is a newer invitation for you')).toBeVisible();
    await page.getByRole('button', { name: 'Take back' }).click();
    await page.waitForURL(/\/people$/);
    await other.goto(newer);
    await expect(other.getByText('This invitation was taken back')).toBeVisible();
    await other.context().close();
});

test('deactivating ends the other browser at once, and can be undone', async ({ console: page, browser, server }) => {
    const link = await inviteByLink(page, 'dora@harbour.example', 'Dora');
    const dora = await stranger(browser, server.url);
    await accept(dora, link, 'Dora Diaz');
    await page.goto('/people?search=dora');
    await page.getByRole('link', { name: 'Dora Diaz' }).click();
    await expect(page.getByRole('heading', { name: 'Dora Diaz' })).toBeVisible();
    await hydrated(page);
    await everyLook(page, 'people-user');
    await page.getByRole('button', { name: 'Deactivate' }).click();
    await expect(page.getByText('Deactivated: signed out everywhere')).toBeVisible();
    await dora.goto('/account');
    expect(new URL(dora.url()).pathname).toBe('/sign-in');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.locator('.page-header').getByText('Active', { exact: true })).toBeVisible();
    await signIn(dora, server.url, 'dora@harbour.example', PASSWORD);
    await dora.context().close();
});

test('the page of a person is taken over each time it is loaded', async ({ console: page }) => {
    await page.goto('/people');
    await hydrated(page);
    await page.getByRole('row', { name: new RegExp(OWNER.email) }).getByRole('link').first().click();
    await expect(page.getByRole('heading', { name: 'Signing in' })).toBeVisible();
    // How far the server's answers are when the page is written differs from time to time.
    for (let load = 0; load < 8; load++) {
        await page.reload();
        await hydrated(page);
    }
});

test('the only owner cannot step down', async ({ console: page }) => {
    await page.goto(`/people?search=${encodeURIComponent(OWNER.email)}`);
    await page.getByRole('row', { name: new RegExp(OWNER.email) }).getByRole('link').first().click();
    await expect(page.getByRole('heading', { name: 'Signing in' })).toBeVisible();
    await hydrated(page);
    await field(page, 'role').selectOption('agent');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.locator('#user-role-problem')).toContainText('You are the only active owner');
    await expect(field(page, 'role')).toHaveValue('agent');
    await page.getByRole('button', { name: 'Deactivate' }).click();
    await expect(page.getByText('This is the last active owner; make somebody else an owner first.')).toBeVisible();
    await page.reload();
    await expect(field(page, 'role')).toHaveValue('owner');
});

test('a file with wrong lines names each of them, and the good ones are invited', async ({ console: page }) => {
    await page.goto('/people/teams');
    await hydrated(page);
    await field(page, 'name').fill('Billing');
    await page.getByRole('button', { name: 'Add team' }).click();
    await page.waitForURL(/\/people\/teams\/[0-9a-f-]{36}$/);

    await page.goto('/people/import');
    await hydrated(page);
    await everyLook(page, 'people-import');
    const lines = ['email;name;role;licences;teams'];
    for (let number = 0; number < 40; number += 1) lines.push(`file${number}@harbour.example;Person ${number};agent;;Billing`);
    lines[5] = 'no address;Somebody;agent;;';
    lines[9] = 'boss@harbour.example;Boss;emperor;;';
    lines[20] = 'file0@harbour.example;Again;agent;;';
    await page.locator('input[type="file"]').setInputFiles({ name: 'staff.csv', mimeType: 'text/csv', buffer: Buffer.from(`\uFEFF${lines.join('\r\n')}`) });
    await page.getByRole('button', { name: 'Check' }).click();
    await page.waitForURL(/\/people\/import\/[0-9a-f-]{36}$/);
    const wrong = page.locator('#wrong tbody tr');
    await expect(wrong).toHaveCount(3);
    await expect(wrong.nth(0)).toContainText('6');
    await expect(wrong.nth(1)).toContainText('emperor');
    await expect(wrong.nth(2)).toContainText('Line 2 has the same address');
    await expect(page.getByRole('radio', { name: /All or nothing/ })).toBeDisabled();
    await everyLook(page, 'people-import-checked');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export wrong lines' }).click();
    expect((await download).suggestedFilename()).toBe('wrong-lines.csv');
    await page.getByRole('button', { name: 'Invite 37 people' }).click();
    await expect(page.getByText('37 people were invited')).toBeVisible();
    await page.goto('/people?status=invited&search=file3');
    await expect(page.getByRole('row', { name: /file3@harbour.example/ })).toContainText('Billing');
});

test('those who are ticked are changed together, and it can be undone', async ({ console: page, browser, server }) => {
    for (const who of ['anna', 'bert', 'cleo']) {
        const link = await inviteByLink(page, `${who}@harbour.example`, `Group ${who}`);
        const person = await stranger(browser, server.url);
        await accept(person, link, `Group ${who}`);
        await person.context().close();
    }
    await page.goto('/people?search=group');
    await hydrated(page);
    await expect(page.locator('#people tbody tr')).toHaveCount(3);
    await page.getByRole('checkbox', { name: 'Tick Group anna' }).check();
    await page.getByRole('checkbox', { name: 'Tick Group bert' }).check();
    await expect(page.getByText('2 ticked')).toBeVisible();
    await everyLook(page, 'people-ticked');
    await page.getByRole('button', { name: 'Apply' }).last().click();
    await expect(page.getByText('2 people changed')).toBeVisible();
    await expect(page.locator('#people').getByText('Deactivated')).toHaveCount(2);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.locator('#people').getByText('Deactivated')).toHaveCount(0);
    // The owner among them is left as she is, with the reason.
    await page.goto(`/people?search=harbour.example&role=owner`);
    await hydrated(page);
    await page.getByRole('checkbox', { name: /^Tick/ }).last().check();
    await page.getByRole('button', { name: 'Apply' }).last().click();
    await expect(page.getByText('These were left as they were')).toBeVisible();
    await expect(page.getByText(/last active owner/)).toBeVisible();
});

test('a person is deleted, and what they led goes to somebody else', async ({ console: page, browser, server }) => {
    const link = await inviteByLink(page, 'leo@harbour.example', 'Leo');
    const leo = await stranger(browser, server.url);
    await accept(leo, link, 'Leo Lead');
    await page.goto('/people/teams');
    await hydrated(page);
    await everyLook(page, 'people-teams');
    await field(page, 'name').fill('Night shift');
    await page.getByRole('button', { name: 'Add team' }).click();
    await page.waitForURL(/\/people\/teams\/[0-9a-f-]{36}$/);
    await hydrated(page);
    await field(page, 'email').fill('leo@harbour.example');
    await page.getByRole('button', { name: 'Add to the team' }).click();
    await expect(page.locator('#members')).toContainText('Leo Lead');
    await field(page, 'lead').selectOption({ label: 'Leo Lead' });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByText('Saved', { exact: true }).first()).toBeVisible();
    await everyLook(page, 'people-team');
    const team = page.url();
    await page.getByRole('link', { name: 'Leo Lead' }).click();
    await page.getByRole('link', { name: 'Delete…' }).click();
    await expect(page.getByRole('heading', { name: 'Delete Leo Lead' })).toBeVisible();
    await hydrated(page);
    await everyLook(page, 'people-delete');
    await field(page, 'heir').selectOption({ index: 1 });
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.waitForURL(/\/people$/);
    await leo.goto('/account');
    expect(new URL(leo.url()).pathname).toBe('/sign-in');
    await page.goto(team);
    await expect(page.locator('#members')).not.toContainText('Leo Lead');
    await expect(field(page, 'lead')).not.toHaveValue('');
    await page.goto('/audit?action=people.user.deleted');
    await expect(page.getByText('Leo Lead').first()).toBeVisible();
    await leo.context().close();
});

test('licences are not given beyond what the operator allows', async ({ console: page, server }) => {
    const told = await server.command(['tenant', 'licences', '--tenant', OWNER.tenant, '--contact-center', '0', '--interact', '5']);
    expect(told).toContain('Contact Center: 0 assigned, 0 in all.');
    await page.goto('/people');
    await expect(page.getByText('Contact Center licences: 0 of 0')).toBeVisible();
    await page.goto('/people/new');
    await hydrated(page);
    await expect(field(page, 'contact_center')).toBeDisabled();
    await expect(page.getByText(/has no Contact Center licence/)).toBeVisible();
    await everyLook(page, 'people-invite');
    await server.command(['tenant', 'licences', '--tenant', OWNER.tenant, '--contact-center', 'unlimited', '--interact', 'unlimited']);
});

test('the settings say which address system mail leaves from', async ({ console: page }) => {
    await page.goto('/tenant/mail');
    await hydrated(page);
    await expect(page.getByText('No address to send from')).toBeVisible();
    await everyLook(page, 'tenant-mail');
});
