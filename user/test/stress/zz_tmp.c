#include "user/test/stress/stress.h"
int ping_child(struct board *b){(void)b;return 0;}
int storm_serve(struct board *b){(void)b;return 0;}
int storm_victim(struct board *b){(void)b;return 0;}
int shoot_writers(struct board *b){(void)b;return 0;}
int shoot_fork(struct board *b){(void)b;return 0;}
int latency_large(struct board *b){(void)b;return 0;}
int latency_crowd(struct board *b){(void)b;return 0;}
