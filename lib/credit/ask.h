/* SPDX-License-Identifier: MIT */
/** What the questions to Core and the facilitator share: putting one together, judging what
 *  came back before its members are read. 4mica.md, section 2. */
#ifndef FOURMICA_CREDIT_ASK_H
#define FOURMICA_CREDIT_ASK_H

#include <fourmica/credit.h>

/** The base URL without one trailing slash, then the path as given; GET.
 *  Errors: FM_E_CONFIG for a base that is no URL or too long. */
enum fm_code fm_core_ask_path(struct fm_core_ask *ask, const char *base, const char *path,
			      const struct fm_http_options *options,
			      struct fm_err *err) FM_MUST_USE;
/** Turn it into a POST of what ask->body holds. Errors: FM_E_NOMEM when that failed. */
enum fm_code fm_core_ask_post(struct fm_core_ask *ask, struct fm_err *err) FM_MUST_USE;

/** The body of an answer with status 200, or `also` (0: none). Points into ask->job.body.
 *  Errors: what kept the answer from coming; FM_E_CORE for every other status. */
enum fm_code fm_core_body(struct fm_span *body, const struct fm_core_ask *ask, int also,
			  struct fm_err *err) FM_MUST_USE;
/** What an answer says in words: JSON `error` or `message`, else the text, escaped; "" for none. */
void fm_core_words(char out[static 256], const struct fm_core_ask *ask);
/** The reader's verdict with the URL it came from in front. */
enum fm_code fm_core_answer_from(const struct fm_core_ask *ask, enum fm_code rc,
				 struct fm_err *err);

/** FM_E_CORE: "<url> serves chain <is>, not chain <want>". */
enum fm_code fm_core_other_chain(const struct fm_core_ask *ask, uint64_t is,
				 uint64_t want, struct fm_err *err);

/** Parse an answer's text: FM_E_CORE "<what>: ..." when it is no JSON. */
enum fm_code fm_core_json(struct fm_json **doc, const char *what, struct fm_span json,
			  struct fm_err *err) FM_MUST_USE;
/** FM_E_CORE: "<what>: <name> is missing", or "<what>: <name> is "<value>": <rule>". */
enum fm_code fm_core_bad(struct fm_err *err, const char *what, const char *name,
			 const struct fm_json *node, const char *rule);

#endif
