// The ground: the built binary serves the console, its policy holds, and the WASM takes it over on a lazily loaded page.
import { axe, expect, hydrated, signIn, test, OWNER } from '../fixtures.ts';

test.use({ story: 'smoke' });

test('sign-in reads, is accessible, and comes alive under a strict policy', async ({ strict: page, server }) => {
    const answer = await page.goto('/sign-in');
    expect(answer?.status()).toBe(200);
    const policy = answer?.headers()['content-security-policy'] ?? '';
    expect(policy).toContain("'nonce-");
    expect(policy).not.toContain("'unsafe-inline'");
    expect(policy).not.toContain("'unsafe-eval'");
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
    await hydrated(page);
    await axe(page);
    expect(server.output()).not.toContain('panicked');
});

test('a hard reload of a lazily loaded page comes alive again', async ({ console: page }) => {
    for (const path of ['/', '/people', '/audit']) {
        await page.goto(path);
        await hydrated(page);
        await page.reload();
        await hydrated(page);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    }
});

test.describe('without script', () => {
    test.use({ javaScriptEnabled: false });
    test('signing in is a plain form', async ({ page, server, owner }) => {
        expect(owner.storage.cookies.length).toBeGreaterThan(0);
        await signIn(page, server.url, OWNER.email, OWNER.password);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    });
});
