/* SPDX-License-Identifier: MIT */
/* Choosing the offer to pay, and saying why not of every other. x402.md, sections 4 and 8. */
#include "x402/header.h"
#include "x402/scheme.h"

#include <fourmica/http.h>

#include <stdio.h>
#include <string.h>

static bool unsupported(struct fm_offer *offer, const char *words)
{
	return fm_offer_refuse(offer, FM_OFFER_UNSUPPORTED, FM_E_UNSUPPORTED, "%s",
			       words);
}

/* Forget an earlier choice; what the format decided stays. */
static void start_over(struct fm_offer *offer)
{
	if (offer->stage == FM_OFFER_UNUSABLE)
		return;
	offer->stage = FM_OFFER_PAYABLE;
	offer->why = FM_OK;
	offer->refused[0] = '\0';
	offer->rule[0] = '\0';
}

static bool supported(const struct fm_challenge *challenge, struct fm_offer *offer,
		      const struct fm_choice *choice)
{
	if (offer->stage == FM_OFFER_UNUSABLE || !fm_offer_facts(offer))
		return false;
	if (choice->scheme && fm_scheme_find(fm_span_of(choice->scheme)) != offer->scheme)
		return unsupported(offer, "another scheme was asked for");
	if (choice->chain_id && choice->chain_id != offer->chain_id)
		return unsupported(offer, "another network was asked for");
	if (choice->network)
		offer->network = choice->network(choice->judge_ctx, offer->chain_id);
	return offer->scheme->supports(challenge, offer);
}

/* Place of the offer's scheme in the order of preference; unnamed schemes come last. */
static size_t preference(const struct fm_offer *offer, const struct fm_choice *choice)
{
	size_t i = 0;
	if (choice->prefer) {
		while (choice->prefer[i] &&
		       fm_scheme_find(fm_span_of(choice->prefer[i])) != offer->scheme)
			i++;
		return i;
	}
	while (fm_schemes[i] && fm_schemes[i] != offer->scheme)
		i++;
	return i;
}

/* Order of asking: scheme, then authorization flow before others, then the seller's order,
 * which an insertion that only passes smaller ranks keeps. */
struct ranking {
	struct fm_offer *offers[FM_X402_OFFERS_MAX];
	size_t ranks[FM_X402_OFFERS_MAX];
	size_t count;
};

static void rank_in(struct ranking *ranking, struct fm_offer *offer,
		    const struct fm_choice *choice)
{
	size_t rank = preference(offer, choice) * 2 + (offer->flow_authorization ? 0 : 1);
	size_t at = ranking->count++;
	while (at > 0 && ranking->ranks[at - 1] > rank) {
		ranking->offers[at] = ranking->offers[at - 1];
		ranking->ranks[at] = ranking->ranks[at - 1];
		at--;
	}
	ranking->offers[at] = offer;
	ranking->ranks[at] = rank;
}

/* The first in rank order that the judge allows; NULL when none. */
static struct fm_offer *ask(struct ranking *ranking, const struct fm_challenge *challenge,
			    const struct fm_choice *choice)
{
	struct fm_offer *chosen = NULL;
	for (size_t i = 0; i < ranking->count; i++) {
		struct fm_offer *offer = ranking->offers[i];
		if (chosen)
			snprintf(offer->refused, sizeof(offer->refused),
				 "ranked behind option %u", chosen->index);
		else if (!choice->judge ||
			 choice->judge(choice->judge_ctx, challenge, offer))
			chosen = offer;
		else if (offer->stage == FM_OFFER_PAYABLE)
			/* A judge that forgot to say why must not make the offer payable. */
			fm_offer_refuse(offer, FM_OFFER_DENIED, FM_E_APPROVAL,
					"refused by the policy");
	}
	return chosen;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Does the text claim to be http or https, whether or not it can be read as such? Blanks and
 * control characters in front are what browsers would skip. */
static bool claims_http(struct fm_span text)
{
	static const char want[] = "http";
	while (text.len && (unsigned char)text.ptr[0] <= ' ') {
		text.ptr++;
		text.len--;
	}
	if (text.len < 5)
		return false;
	for (size_t i = 0; i < 4; i++) {
		if (lower(text.ptr[i]) != want[i])
			return false;
	}
	return text.ptr[4] == ':' ||
	       (lower(text.ptr[4]) == 's' && text.len > 5 && text.ptr[5] == ':');
}

/* An absolute http(s) resource must name the host that was asked: a seller could pass on
 * another seller's challenge and have its own order paid. Relative, empty and missing
 * resources and other schemes say nothing. */
static bool resource_fits(struct fm_span resource, const char *request_url)
{
	struct fm_url want, got;
	if (!claims_http(resource))
		return true;
	return fm_url_parse(&got, resource) &&
	       fm_url_parse(&want, fm_span_of(request_url)) &&
	       strcmp(got.host, want.host) == 0;
}

static void refuse_resource(struct fm_offer *offer, struct fm_span resource)
{
	struct fm_buf shown;
	fm_buf_init(&shown, FM_X402_URL_MAX);
	bool ok = fm_text_escape(&shown, resource, 100);
	fm_offer_refuse(offer, FM_OFFER_DENIED, FM_E_SELLER,
			"the resource is on another host: %s", ok ? shown.ptr : "");
	snprintf(offer->rule, sizeof(offer->rule), "resource_mismatch");
	fm_buf_clear(&shown);
}

/* FM_OK, FM_E_SELLER, FM_E_NOMEM. */
static enum fm_code check_resource(const struct fm_challenge *challenge,
				   struct fm_offer *offer, const struct fm_choice *choice)
{
	struct fm_buf resource;
	enum fm_code rc = FM_OK;
	if (!choice->request_url)
		return FM_OK;
	fm_buf_init(&resource, FM_X402_BODY_MAX);
	if (fm_challenge_resource(&resource, challenge, offer) &&
	    !resource_fits(fm_buf_span(&resource), choice->request_url)) {
		refuse_resource(offer, fm_buf_span(&resource));
		rc = FM_E_SELLER;
	} else if (resource.failed) {
		rc = FM_E_NOMEM; /* not known is not the same as none */
	}
	fm_buf_clear(&resource);
	return rc;
}

static enum fm_code refused(const struct fm_offer *offer, size_t count,
			    struct fm_err *err)
{
	enum fm_code code = offer->why;
	if (offer->stage == FM_OFFER_UNSUPPORTED)
		code = FM_E_NO_OPTION;
	else if (offer->stage == FM_OFFER_UNUSABLE)
		code = FM_E_MALFORMED;
	if (count == 1)
		fm_fail(err, code, "%s", offer->refused);
	else
		fm_fail(err, code, "none of %zu options can be paid; option %u: %s",
			count, offer->index, offer->refused);
	if (offer->rule[0])
		fm_rule(err, "%s", offer->rule);
	return code;
}

/* The class of the furthest stage decides; of those that came as far, the first in rank order
 * that was asked, else in the seller's. */
static struct fm_offer *furthest(const struct fm_challenge *challenge,
				 const struct ranking *ranking)
{
	struct fm_offer *best = &challenge->offers[0];
	for (size_t i = 0; i < challenge->offer_count; i++) {
		if (challenge->offers[i].stage > best->stage)
			best = &challenge->offers[i];
	}
	for (size_t i = 0; i < ranking->count; i++) {
		if (ranking->offers[i]->stage == best->stage)
			return ranking->offers[i];
	}
	return best;
}

enum fm_code fm_choose(struct fm_offer **out, struct fm_challenge *challenge,
		       const struct fm_choice *choice, struct fm_err *err)
{
	struct ranking ranking = { .count = 0 };
	struct fm_offer *why_not;
	enum fm_code rc;
	*out = NULL;
	for (size_t i = 0; i < challenge->offer_count; i++) {
		start_over(&challenge->offers[i]);
		if (supported(challenge, &challenge->offers[i], choice))
			rank_in(&ranking, &challenge->offers[i], choice);
	}
	struct fm_offer *chosen = ask(&ranking, challenge, choice);
	rc = chosen ? check_resource(challenge, chosen, choice) : FM_OK;
	if (rc == FM_E_NOMEM)
		return fm_nomem(err);
	if (chosen && !rc) {
		*out = chosen;
		return FM_OK;
	}
	/* A resource of another host ends it: the next offer comes from the same seller. */
	for (size_t i = 0; chosen && i < ranking.count; i++) {
		if (ranking.offers[i]->stage == FM_OFFER_PAYABLE)
			fm_offer_refuse(ranking.offers[i], FM_OFFER_DENIED, FM_E_SELLER,
					"option %u names a resource on another host",
					chosen->index);
	}
	why_not = chosen ? chosen : furthest(challenge, &ranking);
	/* Nobody is asked to approve what is refused afterwards. */
	if (why_not->stage == FM_OFFER_APPROVAL &&
	    check_resource(challenge, why_not, choice) == FM_E_NOMEM)
		return fm_nomem(err);
	rc = refused(why_not, challenge->offer_count, err);
	if (err)
		snprintf(err->seller_reason, sizeof(err->seller_reason), "%s",
			 challenge->error);
	return rc;
}
