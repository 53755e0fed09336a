#include "user/test/stress/stress.h"
int shoot_writers(struct board *b){(void)b;return 0;}
int shoot_fork(struct board *b){(void)b;return 0;}
int latency_large(struct board *b){(void)b;return 0;}
int latency_crowd(struct board *b){(void)b;return 0;}
