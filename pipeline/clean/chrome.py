"""a line of page furniture -> rule id and reason: one row for each kind; a row marked sure needs no other evidence.

To add a rule, add a row. Patterns see the line with white space folded; they match case-insensitively from its start.
Rows that are not sure only name what the fitted judge of lines (`flat`) takes out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Rule:
    """`pattern` is searched in a line; a sure rule removes the line anywhere on the page, if it is short enough."""

    id: str
    reason: str
    pattern: str
    is_sure: bool = False


_WHO = r"(?:a |an |the |this |our |your )?"
_JOIN = r"(?:join|joined|register(?:ed)?|sign(?:ed)? (?:in|up)|log(?:ged)? ?(?:in|on)|subscribe|a (?:registered )?(?:member|user)|part of|belong to|an account)"
_ACT = r"(?:comment|reply|repl(?:y|ies)|post|respond|vote|rate|review|add (?:your |a )?(?:comment|thought|reply|remark|review)s?|leave (?:a )?(?:comment|reply|remark)s?|write (?:a )?(?:comment|reply|review)|see (?:the )?(?:replies|comments|answers)|take part in this (?:discussion|thread|topic)|join (?:in|the (?:discussion|conversation)))"
_READ = r"(?:continue reading|keep reading|read on|go on reading|carry on reading|read (?:this|the) (?:full |whole |rest of (?:this|the) )?(?:article|story|piece|post|content)|read (?:the )?(?:rest|more)|see the rest|view (?:this|the) (?:full )?(?:article|content|page))"

_MENU = r"(?:home|about(?: us)?|our (?:work|story|team|people|impact)|what we do|who we are|contact(?: us)?|news(?:room)?|events?|blogs?|shop|stor(?:e|ies)|courses?|services?|projects?|publications?|resources?|reports?|research|jobs|careers|vacancies|press|media|gallery|photos|videos?|podcasts?|forums?|members?|groups|join(?: us)?|donate|support us|get (?:involved|help|in touch)|volunteer|search|menu|help|faqs?|login|log in|sign in|register|basket|cart|account|my account|library|archive|topics|team|people|learning|training|partners|policy|campaigns|community|sport|business|opinion|culture|travel|weather|politics|world|uk|local|health|education|crime|traffic|food|quizzes)"

RULES = (
    # Wiki and contents labels.
    Rule("wiki_chrome", "edit link or label of a wiki", r"^\[ ?(?:edit|edit source|hide|show|view|quote|reply)(?: ?\| ?\w+)? ?\]$", True),
    Rule("contents_label", "label of a table of contents", r"^(?:table of )?contents ?(?:\||\[ ?(?:hide|show|edit)? ?\])+$", True),
    Rule("wiki_chrome", "page chrome of a wiki", r"^(?:jump to: ?navigation|retrieved from \W?https?:|this page (?:was last (?:edited|modified)|has been (?:accessed|viewed)))", True),
    Rule("wiki_chrome", "page chrome of a wiki", r"^(?:what links here|recent changes|special pages|permanent link|printable version|page information|view source|view history|edit(?: this)? (?:page|section)|personal tools|namespaces|toolbox|categor(?:y|ies): )"),
    # Prompts to join before taking part.
    Rule("join_prompt", "prompt to join or log in before taking part", rf"^(?:please |(?:you|readers|users|members) (?:must|need|have|will need|may need) (?:to )?(?:be )?|to \w+[^.]{{0,40}},? (?:please |you (?:must|need|have) (?:to )?(?:be )?))?(?:be )?(?:logged in|{_JOIN})\b[^.!?]{{0,80}}\b(?:to|before you can|in order to) (?:\w+ )?{_ACT}\b[^.?]{{0,30}}[.!]*$", True),
    Rule("join_prompt", "prompt to join or log in before taking part", rf"\b{_JOIN}\b.{{0,80}}\b{_ACT}\b|^(?:join|become a member of) "),
    # Paywall and metering.
    Rule("paywall", "paywall: the rest is for subscribers", rf"^(?:please )?(?:subscribe|register|sign (?:up|in)|log ?in|create (?:a |an |your )?(?:free )?account)\b[^.?]{{0,50}}\bto {_READ}\b[^.]{{0,30}}[.!]*$", True),
    Rule("paywall", "paywall: the rest is for subscribers", r"^(?:this|the rest of this) (?:article|story|content|post|piece|page) is (?:only )?(?:for|available to|exclusive to|reserved for|behind)\b.{0,40}\b(?:subscribers?|members?|paywall|readers?)\b", True),
    Rule("metering", "paywall: count of free articles", r"^you(?:'ve|’ve| have)? (?:(?:have )?(?:read|used|reached|got|viewed|hit)\b.{0,40})?(?:\d+|\w+)?.{0,15}\b(?:free|monthly)\b.{0,15}\b(?:articles?|stor(?:y|ies)|reads?|limit)\b", True),
    Rule("paywall", "paywall: prompt to subscribers to sign in", r"^(?:already|existing|are you) (?:(?:a|an|have|subscribe\w*|registered|regist\w+|our|member|paid) ?)+.{0,40}[?:.,]? ?(?:please )?(?:sign|log) ?in\b.{0,40}$", True),
    Rule("paywall", "paywall or offer of a subscription", r"\b(?:subscri(?:be|bers?|ption)s?|paywall|premium|unlimited (?:access|reading)|unlock|free trial|cancel any ?time|digital access|full access|plans?)\b"),
    # Newsletter.
    Rule("newsletter", "newsletter box", r"\b(?:newsletter|inbox|mailing list|email|e-mail|rss|bulletin|digest|unsubscribe|round-up|notify me)\b"),
    Rule("sign_up", "sign-up or membership box", r"\b(?:sign(?:ed)? up|signup|register|join|account|member(?:ship)?|free|trial|one app|titles?|publishers?|newspapers|magazines|follow|get started|start reading|demo)\b"),
    # Cookies.
    Rule("cookie_bar", "cookie bar", r"^(?:we(?: and our [\w ]{1,25})? use|this (?:web)?site (?:uses|stores)|our (?:web)?site uses|cookies help us) (?:\w+ ){0,4}cookies\b|^(?:accept|reject|allow|manage|decline) (?:all |only |optional |necessary |your )*(?:cookies?|cookie settings)\b[^.]{0,20}$", True),
    Rule("cookie_bar", "cookie bar", r"\b(?:cookies?|privacy choices|your device|consent|accept all|reject all|do not sell)\b"),
    Rule("log_in", "log-in box", r"\b(?:log ?(?:in|out)|sign (?:in|out)|password|username|my (?:account|profile|library)|remember me)\b"),
    # Comments and reviews.
    Rule("review_widget", "review widget", r"^(?:there are )?(?:currently |presently )?(?:no|0) (?:customer |user )?(?:reviews|ratings)\b(?: (?:for|of) this \w+)?(?: yet| so far)?[.!]?$|^be the first (?:person )?to (?:review|rate|write a review)\b.{0,30}$|^write a(?:nother)? review[.!]?$", True),
    Rule("comment_box", "comment box", r"^(?:there are )?(?:currently )?(?:no|0|be the first to) (?:comments?|responses|replies)\b(?: yet| so far| on this \w+)?[.!]?$|^(?:leave|post|add|write) (?:a|your) (?:comment|reply)[.!]?$|^(?:your email|your e-mail|email) (?:address )?will not be (?:published|shown|shared)\b", True),
    Rule("review_widget", "review widget", r"\b(?:review(?:s|ed|er)?|rat(?:e|ed|ing|ings)|stars?|useful|helpful|feedback)\b"),
    Rule("comment_box", "comment box", r"\b(?:comments?|commenting|reply|replies|responses|required fields|moderat\w+)\b"),
    # Feedback, ratings, sign-offs of a show, counters, credits of software, sheets of print.
    Rule("feedback", "question on how useful the page was", r"^(?:was|is|did|has|have|were) (?:this|you|we) (?:\w+ ){0,4}(?:page|article|post|note|guide|guidance|answer|entry|content|information|web ?site|help|right|looking for|item)\b.{0,40}\?(?: ?(?:yes|no|thumbs|tick|not)\b.{0,40})?$", True),
    Rule("feedback", "question on how useful the page was", r"^how (?:useful|helpful|clear) (?:was|is|did you find) this (?:page|article|post|note|guide|answer)\b.{0,30}$|^thumbs up\W+thumbs down$", True),
    Rule("feedback", "prompt to rate or to report on the page", r"^(?:please )?(?:rate|score) (?:and (?:review|subscribe|share) )?(?:us|this (?:page|article|post|item|book|product|episode|show|app|recipe|title))\b.{0,50}$|^(?:1|one) stars?\W+(?:2|two) stars\b.{0,60}$|^report (?:a|an) (?:broken|dead|faulty|bad) link\b.{0,20}$", True),
    Rule("banner", "banner of a trial version or a survey of users", r"^(?:alpha|beta)?\W*this is (?:a|our) (?:new|trial|test|beta) (?:service|(?:web)?site|page|version)\b.{0,60}(?:feedback|comments|views|tell us)\b.{0,40}$|\btake (?:our|a|the|this) (?:\w+[- ]minute|short|quick|user) survey\b.{0,20}$", True),
    Rule("review_widget", "review widget", r"^(?:no[ -]?one|nobody) has (?:yet )?(?:reviewed|rated) this \w+\b.{0,20}$|^be the first (?:one |person )?to (?:write|leave|post|add) (?:one|a review|a rating)\b.{0,20}$", True),
    Rule("show_sign_off", "prompt to subscribe to, rate or pay for a show", r"^(?:please |and )?(?:(?:like|follow|subscribe|listen|rate|review|share)(?:,| and|, and|,? &)? ){2,}.{0,60}$|^(?:please )?(?:give|leave) us (?:a |some )?(?:five|5|nice|kind|good)?[- ]?(?:stars?|review|rating)\b.{0,50}$|^(?:rate|like|follow|subscribe)(?:,| and) (?:rate|review|subscribe|share|leave us)\b.{0,60}$|^(?:listen|subscribe|find us|hear us)(?: and subscribe)? (?:on|in|via): \S.{0,90}$|^support (?:the|this|our) (?:show|podcast|blog|site|channel)[.!]?$", True),
    Rule("advert", "mark of an advertisement", r"^\W*(?:(?:paid )?advert(?:isement|isment|orial)?|sponsored(?: content)?|ad break|advert break|sponsor message)\W*(?:(?:continue|continues|scroll|article|story|content|keep)\b.{0,30})?\W*$|^[\[(](?:ad|advert|sponsor)\w*(?: \w+)?[\])]", True),
    Rule("counter", "counters of the page", r"^(?:[\d,.]+ ?[km]? (?:views?|reads?|citations?|mentions?|downloads?|shares?|likes?|comments?|replies|followers?|retweets?|claps|hits|plays|bookmarks)\b[\s|·•,/–-]*){2,}$|^[\d,.]+ ?[km]? (?:views|shares|likes|retweets|claps|page views)$|^(?:visitors so far|hits|visitor (?:no|number|count(?:er)?))[.:]? ?[\d,]+$|\bvisitor (?:number|no\.?) [\d,]+\b|\b(?:sign|read|view) (?:my|our|the) guest ?book\b", True),
    Rule("software_credit", "credit of the site's software or maker", r"^[–—\s-]*(?:form |survey |blog |forum |site |proudly )?powered by (?-i:[A-Z]\w*[A-Z]\w*|[A-Z]\w+(?: [A-Z]\w+)? v?\d)|^proudly powered by\b.{0,40}$|^(?:web ?site|site|web design|theme|blog)(?: (?:design(?:ed)?|built|made|created|hosted|development)(?: and \w+)?)? by (?-i:[A-Z]).{0,40}$|^theme: (?-i:[A-Z])[\w ]{1,24}(?: by .{1,30})?[.]?$|^(?:export|report|page|survey) generated (?:by|with) (?-i:[A-Z]).{0,80}$|\b(?:upgrade|go (?:pro|premium)|subscribe) to (?:remove|hide) this\b", True),
    Rule("scholar_tools", "tools of a journal's site", r"^(?:(?:export|track|download|save|copy|get|view|cite|manage|create|email|see) )(?:the |this |a |all )?(?:\d+ )?(?:citations?|reference|citing (?:articles?|papers?)|doi|bibtex|citation alerts?)\b.{0,40}$|^rights (?:and|&) permissions?\b.{0,30}$|^(?:request )?(?:reprints?|permissions?)(?: (?:and|&|\|) (?:reprints?|permissions?))?$|^(?:get |set |email me |create )(?:an? )?alerts?\b.{0,20}\b(?:cited|citing|journal|article)\b.{0,20}$", True),
    Rule("page_number", "page number of a printed sheet", r"^\W*page:? \d{1,4}(?: ?(?:of|/) ?\d{1,4})?\W*$|^[–—-] ?\d{1,4} ?[–—-]$|^\d{1,4} ?\| ?page$", True),
    Rule("tag_list", "labels the site files the page under", r"^(?:filed (?:under|in)|posted (?:in|under)|tagged(?: with| as| under)?|tags|labels): ?\S.{0,90}(?<![.!?])$", True),
    Rule("photo_sale", "offer of photos or reprints", r"^(?:buy|order|purchase) (?:a|this|our|these|the)? ?(?:photos?|pictures?|prints?)(?: (?:of|from) .{1,30})?[.!]?$", True),
    Rule("related_links", "link to another article", r"^(?:older|newer|previous post|next post|previous article|next article|topics like this(?: one)?|similar (?:threads|topics)|recommended for you|suggested for you): ?\S.{2,120}(?<![.;])$", True),
    # Share, related, apps, donations, advertising.
    Rule("share_links", "share links", r"^(?:share|tweet|like|print|email|copy link|follow us|find us|pin it|click to share|facebook|twitter|linkedin|whatsapp|instagram|youtube|bookmark|save for later|cite)\b|\b(?:facebook|twitter|linkedin|whatsapp|shares|likes)\b"),
    Rule("related_links", "link to another article", r"^(?:read (?:more|also|next)|also read|see also|more on this|don['’]t miss|watch|related)(?: (?:story|article|stories))?: ?\S.{3,120}(?<![.;])$", True),
    Rule("related_links", "related links", r"\b(?:related|most (?:read|popular|viewed|shared|commented)|trending|popular|top (?:stories|picks|reads)|picks?|recommended|more (?:from|on|in|like|stories|articles)|you (?:may|might)|up next|read (?:next|also|more)|latest|from the archive|around the web|featured|explore|discover|similar|don['’]t miss)\b"),
    Rule("app_banner", "app banner", r"\b(?:apps?|app store|google play|notifications|iphone|android)\b"),
    Rule("donation_box", "donation box", r"\b(?:donat\w+|chip in|supporter|support (?:us|our|independent)|gift|give|contribution|fund us|coffee|patreon)\b"),
    Rule("advert", "advertising", r"\b(?:advert\w*|sponsored|promoted|ads?|offers?|deals?|delivery|save \d+%|javascript|browser|partner content)\b"),
    # Forum, menus, breadcrumbs, footers.
    Rule("menu", "row of a menu", rf"^(?:{_MENU}\b[\s|·•>»/,–-]*){{4,}}$", True),
    Rule("menu", "link to a feed", r"^(?:rss|atom)(?: \d(?:\.\d)?)?(?: feeds?)?$", True),
    Rule("banner", "banner with a number to ring", r"^(?:need|want|in|are you in) (?:(?:urgent|immediate|any|some) )?(?:help|support|(?:a )?crisis|someone to talk to)\b.{0,20}\?? ?(?:ring|call|phone|text|dial|chat)\b.{0,40}$", True),
    Rule("breadcrumb", "breadcrumb", r"^you are here\b.{0,10}\bhome\b ?[>»›→/|:].{0,150}$", True),
    Rule("forum_chrome", "forum chrome", r"\b(?:posts?|posted|thread|topic|forum|replies|moderator|permalink|private message|views|profile|last seen|quote)\b"),
    Rule("breadcrumb", "breadcrumb", r"^(?:you are here\b|(?:home|start) ?[>»/›→:|]+ ?\S)|\S ?[>»›→] ?\S"),
    Rule("footer", "page footer", r"^(?:©|\(c\)|copyright (?:©|\(c\))?) ?(?:19|20)\d\d\b.{0,90}$|^all rights reserved[.]?$", True),
    Rule("footer", "page footer", r"\b(?:copyright|rights reserved|privacy|terms|disclaimer|accessibility|registered|company n\w+|powered by|website by|theme by|imprint|legal|sitemap|last (?:updated|modified|reviewed)|licen[cs]ed?|charity)\b|©"),
    Rule("skip_link", "skip link", r"^(?:skip|jump) to (?:main |the )?(?:content|navigation|search|footer|main)\b.{0,20}$", True),
    Rule("menu", "menu or button", r"^(?:(?:main )?menu|home|search|navigation|close|contact|about|news|events|blog|publications|resources|jobs|careers|shop|basket|cart|previous|next|back|show|load|view|see all|learn more|more info|find out more|click|filter|sort|select|language|categories|archives|tags?|filed under|sections?|topics?|sitemap|download|listen|from)\b"),
    Rule("menu", "menu or button", r"^"),
)  # fmt: skip
LONGEST_SURE = 40


@lru_cache(maxsize=1)
def _compiled() -> tuple[tuple[Rule, re.Pattern[str]], ...]:
    return tuple((rule, re.compile(rule.pattern, re.IGNORECASE)) for rule in RULES)


@lru_cache(maxsize=16384)
def sure(line: str) -> Rule | None:
    """The sure rule that a line falls under, or None."""
    if len(line.split()) > LONGEST_SURE:
        return None
    return next((rule for rule, pattern in _compiled() if rule.is_sure and pattern.search(line)), None)


def name(line: str) -> Rule:
    """The rule that names best what a line of furniture is."""
    return next(rule for rule, pattern in _compiled() if pattern.search(line))
