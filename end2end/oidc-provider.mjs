// A real OpenID provider (npm `oidc-provider`) for the tests, on a loopback port. What it is given and may be told:
//   node oidc-provider.mjs '{"port":4000,"clients":[…],"users":{"s-1":{"email":"ann@acme.example","email_verified":true,"groups":["desk"]}}}'
//   POST /_test/users   {"s-2":{…}}   adds people, or changes them
//   POST /_test/rotate                signs with new keys from now on and no longer lists the old ones
// Its login page takes a person's key above as the name, and any password.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const { port, clients, users, claimsInIdToken = false } = JSON.parse(process.argv[2] ?? '{}');
const issuer = `http://127.0.0.1:${port}`;

function key(kind, options, alg) {
    return { ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg, use: 'sig' };
}

function provider() {
    const keys = [
        key('rsa', { modulusLength: 2048 }, 'RS256'),
        key('rsa', { modulusLength: 2048 }, 'PS256'),
        key('ec', { namedCurve: 'P-256' }, 'ES256'),
        key('ed25519', {}, 'EdDSA'),
    ];
    return new Provider(issuer, {
        clients,
        jwks: { keys },
        cookies: { keys: ['for tests only'] },
        enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
        scopes: ['openid', 'email', 'profile', 'groups'],
        claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
        // By the specification claims are at the userinfo endpoint; many providers put them into the ID token all the same.
        conformIdTokenClaims: !claimsInIdToken,
        pkce: { required: () => true },
        ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
        findAccount: (_, id) => users[id] && { accountId: id, claims: () => ({ sub: id, ...users[id] }) },
        // Nobody is asked whether the client may know them.
        loadExistingGrant: async (ctx) => {
            const { client, session, provider } = ctx.oidc;
            const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
            grant.addOIDCScope('openid email profile groups');
            await grant.save();
            return grant;
        },
    });
}

let answer = provider().callback();

async function body(request) {
    let text = '';
    for await (const chunk of request) text += chunk;
    return text;
}

createServer(async (request, response) => {
    if (request.method === 'POST' && request.url === '/_test/users') {
        Object.assign(users, JSON.parse(await body(request)));
        return response.end('{}');
    }
    if (request.method === 'POST' && request.url === '/_test/rotate') {
        answer = provider().callback();
        return response.end('{}');
    }
    return answer(request, response);
}).listen(port, '127.0.0.1', () => console.log(`ready at ${issuer}`));
