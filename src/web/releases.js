/* Releases: what is in them, who signed, and what is missing before devices may trust them. */

import { get } from './api.js';
import { el, link } from './dom.js';
import { bytes, chip, command, empty, facts, head, pager, plural, table } from './parts.js';
import { when } from './time.js';

const REFRESH_MS = 10000;

function signatures(release) {
    const { signatures: given, threshold } = release;
    const seats = Array.from({ length: Math.max(threshold, given.length) }, (unused, i) => el(i < given.length ? 'i.seat.taken' : 'i.seat'));
    return el('span.seats', { role: 'img', 'aria-label': `${given.length} of ${threshold} signatures` }, seats,
        el('b', ` ${given.length} of ${threshold}`), ' signed');
}

/* heading:  words, and the command that goes on from here */
function nextStep(release) {
    if (release.state === 'published')
        return ['Ready for a rollout:', `nightshift rollout make --release ${release.id} --name NAME --stage 12 --stage 10%`];
    if (release.state !== 'staged')
        return null;
    const missing = release.threshold - release.signatures.length;
    if (missing > 0)
        return [`${plural(missing, 'signature is', 'signatures are')} missing:`, `nightshift release sign ${release.id} --key FILE`];
    return ['Fully signed; devices trust it once it is published:', `nightshift release publish ${release.id}`];
}

function effects({ effects: e }) {
    return [plural(e.minutes, 'minute'), ', ', plural(e.reboots, 'restart'), e.reversible ? ', can be taken back' : el('b', ', no way back')];
}

const componentColumns = [
    ['Component', (c) => el('b', c.name)],
    ['Version', (c) => c.version, 'lead'],
    ['File', (c) => c.file],
    ['Size', (c) => bytes(c.size), 'figure-cell'],
    ['SHA-256', (c) => el('code', { title: c.sha256 }, c.sha256.slice(0, 12)), 'narrow'],
];

function body(release) {
    const step = nextStep(release);
    return [
        release.notes && el('p.notes', release.notes),
        el('div.release-body',
            table(`Components of ${release.version}`, componentColumns, release.components),
            facts([
                ['signed by', release.signatures.length > 0 && release.signatures.map((s) => el('p', el('b', s.name), ` handed in by ${s.by}, `, when(s.at)))],
                ['takes', effects(release)],
                ['models', release.models.join(', ')],
                ['comes from', release.min_version && `${release.min_version} or later`],
                ['counter', release.counter],
                ['closes', (release.cves ?? []).join(', ')],
                ['package', [bytes(release.package.size), ' ', el('code', { title: release.package.sha256 }, release.package.sha256.slice(0, 12))]],
                ['SBOM', release.sbom && el('code', { title: release.sbom }, release.sbom.slice(0, 12))],
                ['uploaded', [when(release.created), ' by ', release.created_by]],
                ['published', when(release.published)],
                ['withdrawn', when(release.withdrawn)],
            ])),
        step && el('p.hint', step[0], ' ', command(step[1])),
    ];
}

function block(release, isOpen) {
    return el('details.card.release', { 'data-key': release.id, open: isOpen },
        el('summary', el('h2', `${release.family} ${release.version}`), chip('release', release.state),
            release.kind === 'security' && el('span.tag.urgent', 'security'),
            release.foreign && el('span.tag', { title: 'not made by `package build`: one file, one component' }, 'foreign file'),
            signatures(release),
            el('span.muted', release.components.map((c) => c.name).join(', ')),
            el('span.muted.end', bytes(release.package.size), ', ', when(release.published ?? release.created))),
        body(release));
}

function all({ items, next }, query) {
    if (items.length === 0 && !query.cursor)
        return [head('Releases'), empty('No release yet. Build output becomes a package, a package becomes a release:',
            'nightshift package build DIR --family FAMILY --version VERSION --out FILE', command('nightshift release add FILE'))];
    return [
        head('Releases', { note: 'newest first' }),
        items.map((release, i) => block(release, i === 0 && !query.cursor)),
        pager('#/releases', query, next),
    ];
}

export const releases = {
    title: ({ one }) => (one ? `${one.family} ${one.version}` : 'Releases'),
    every: () => REFRESH_MS,
    async load({ id, query }, signal) {
        if (id)
            return { one: await get(`releases/${id}`, {}, signal) };
        return { page: await get('releases', { limit: 25, cursor: query.cursor }, signal) };
    },
    show({ one, page }, { query }) {
        if (page)
            return all(page, query);
        return [head(`${one.family} ${one.version}`, { crumb: ['#/releases', 'Releases'] }), block(one, true),
            el('p.note', link(`#/devices?family=${encodeURIComponent(one.family)}`, `Devices of ${one.family}`))];
    },
};
