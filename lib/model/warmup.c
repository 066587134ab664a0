// SPDX-License-Identifier: GPL-3.0-or-later
#include "lib/model/warmup.h"

enum { IDLE_DAYS = 30, BACK = 2, HOURS = 8, MOST = 10 * 1000 * 1000, FEW = 20 };

static const int quotas[] = {50,   75,   100,  150,  225,   325,   500,   700,   1000,  1300, 1800,
                             2500, 3500, 5000, 7000, 10000, 13000, 17000, 22000, 28000, 35000};

int warmup_quota(int stage)
{
	int known = (int)G_N_ELEMENTS(quotas);
	double quota = quotas[CLAMP(stage, 1, known) - 1];

	for (int i = known; i < stage && quota < MOST; i++)
		quota *= 1.2;
	return (int)MIN(quota, MOST);
}

/* A few of few are no share. */
static gboolean is_share(int part, double share, int all)
{
	return all + part >= FEW ? part > share * (all + part) : part > 1;
}

static gboolean went_well(const struct warmup *warmup)
{
	return !is_share(warmup->delayed, 0.05, warmup->taken) &&
	       !is_share(warmup->refused, 0.02, warmup->taken) && warmup->complaints * 1000 <= warmup->taken;
}

static int stage_of(int quota)
{
	int stage = 1;

	while (warmup_quota(stage + 1) <= quota && warmup_quota(stage) < MOST)
		stage++;
	return stage;
}

static void roll(struct warmup *warmup, gint64 day, int times)
{
	if (day <= warmup->day && warmup->stage > 0)
		return;
	if (warmup->stage <= 0)
		warmup->stage = 1;
	else if (day - warmup->day > IDLE_DAYS)
		warmup->stage = MIN(warmup->stage, stage_of(warmup->taken / times / 4));
	else if (warmup->was_open)
		warmup->stage = MAX(warmup->stage - BACK, 1);
	else if (went_well(warmup) && warmup->taken / times * 2 >= warmup_quota(warmup->stage))
		warmup->stage++;
	warmup->day = day;
	warmup->taken = warmup->delayed = warmup->refused = warmup->complaints = 0;
	warmup->was_open = FALSE;
}

void warmup_roll(struct warmup *warmup, gint64 day)
{
	roll(warmup, day, 1);
}

void warmup_roll_total(struct warmup *warmup, gint64 day)
{
	roll(warmup, day, WARMUP_TOTAL);
}

int warmup_left(const struct warmup *warmup)
{
	return MAX(warmup_quota(warmup->stage) - warmup->taken, 0);
}

int warmup_left_total(const struct warmup *warmup)
{
	return MAX(WARMUP_TOTAL * warmup_quota(warmup->stage) - warmup->taken, 0);
}

int warmup_hourly(const struct warmup *warmup)
{
	return MAX(warmup_quota(warmup->stage) / HOURS, 1);
}
