import { describe, expect, it } from 'vitest';
import { bodyExcerpt, isSameCode, parseErrorBody } from '../../src/salesforce/error-body.js';

describe('parseErrorBody', () => {
  it.each([
    ['an array', '[{"errorCode":"A","message":"m","fields":["F"]}]', [{ code: 'A', message: 'm', fields: ['F'] }]],
    [
      'several',
      '[{"errorCode":"A","message":"m"},{"errorCode":"B"}]',
      [
        { code: 'A', message: 'm', fields: [] },
        { code: 'B', message: '', fields: [] },
      ],
    ],
    ['one object', '{"errorCode":"A","message":"m"}', [{ code: 'A', message: 'm', fields: [] }]],
    [
      'a token error',
      '{"error":"invalid_grant","error_description":"d"}',
      [{ code: 'invalid_grant', message: 'd', fields: [] }],
    ],
    ['a token error without words', '{"error":"invalid_grant"}', [{ code: 'invalid_grant', message: '', fields: [] }]],
    [
      'XML',
      '<?xml version="1.0"?><Errors><Error><errorCode>INVALID_SESSION_ID</errorCode><message>a &lt;b&gt; &amp;amp;</message></Error></Errors>',
      [{ code: 'INVALID_SESSION_ID', message: 'a <b> &amp;', fields: [] }],
    ],
    [
      'XML of Bulk API',
      '<error xmlns="x"><exceptionCode>InvalidJob</exceptionCode><exceptionMessage>no</exceptionMessage></error>',
      [{ code: 'InvalidJob', message: 'no', fields: [] }],
    ],
    [
      'what a duplicate has met, of whatever shape',
      '[{"errorCode":"D","message":"m","duplicateResut":{"matchResults":[null,{"matchRecords":[null,{"record":{"Id":"003A"}},{"record":{"Id":"003A"}}]}]}},{"errorCode":"D","message":"m","duplicateResut":null}]',
      [
        { code: 'D', message: 'm (met 003A)', fields: [] },
        { code: 'D', message: 'm', fields: [] },
      ],
    ],
    ['HTML', '<html><body>Error</body></html>', []],
    ['cut JSON', '[{"errorCode":"A"', []],
    ['nothing', '', []],
    ['an array of texts', '["a",null,3]', []],
  ])('reads %s', (_name, text, errors) => {
    expect(parseErrorBody(text)).toEqual(errors);
  });
});

describe('bodyExcerpt', () => {
  it('drops markup and control characters, and is short', () => {
    expect(
      bodyExcerpt('<html><head><title>x</title></head><script>if(a<b){}</script><p>Down\u001b[31m\n for work</p>'),
    ).toBe('Down [31m for work');
    expect(bodyExcerpt('x'.repeat(500))).toHaveLength(200);
  });

  it('leaves JSON as it is, cut off or not', () => {
    expect(bodyExcerpt(' {"state": "<7502M>", "x')).toBe('{"state": "<7502M>", "x');
  });
});

it('takes every spelling of a bulk code for one', () => {
  expect(isSameCode('INVALIDJOBSTATE', 'InvalidJobState')).toBe(true);
  expect(isSameCode('INVALID_JOB_STATE', 'InvalidJobState')).toBe(true);
  expect(isSameCode('INVALIDJOB', 'InvalidJobState')).toBe(false);
});
