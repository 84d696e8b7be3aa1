/* SPDX-License-Identifier: MIT */
#ifndef FOURMICA_HTTP_PAYS_H
#define FOURMICA_HTTP_PAYS_H

#include <fourmica/http.h>

/** Does a header of the request carry a payment? Then a transport never follows with it, and never
 *  sends it again by itself: how often it left is its sender's to know, and when it may again. */
bool fm_http_pays(const struct fm_http_request *request) FM_MUST_USE;

#endif
