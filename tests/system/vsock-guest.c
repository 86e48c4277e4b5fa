/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A guest that needs no operating system: it finds its vsock device, takes every connection and
 * answers what it is sent in capitals. On the serial port it says "vR" when it runs, and "vS" when
 * it has found the device.
 *
 * Source: Virtual I/O Device 1.1, 2.6 (split virtqueues), 4.1 (PCI), 5.10 (socket device);
 * Multiboot 0.6.96.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

__asm__(".text\n"
        ".long 0x1badb002, 0, -0x1badb002\n"
        ".globl _start\n"
        "_start: movl $stack_end, %esp\n"
        "call run\n");

u8 stack[16384] __attribute__ ((aligned (16)));
__asm__(".globl stack_end\n.set stack_end, stack + 16384\n");

void run (void);

/* --- ports --- */

static void
out8 (u16 port, u8 value)
{
  __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static void
out32 (u16 port, u32 value)
{
  __asm__ volatile("outl %0, %1" ::"a"(value), "Nd"(port));
}

static u32
in32 (u16 port)
{
  u32 value;

  __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

static void
say (char what)
{
  out8 (0x3f8, 'v');
  out8 (0x3f8, (u8)what);
}

/* --- PCI --- */

#define VSOCK_ID 0x10531af4

static u32
pci_read (u32 device, u32 offset)
{
  out32 (0xcf8, 0x80000000 | device << 11 | (offset & 0xfc));
  return in32 (0xcfc);
}

static u8
pci_read8 (u32 device, u32 offset)
{
  return (u8)(pci_read (device, offset) >> (offset & 3) * 8);
}

static void
pci_write (u32 device, u32 offset, u32 value)
{
  out32 (0xcf8, 0x80000000 | device << 11 | (offset & 0xfc));
  out32 (0xcfc, value);
}

/* --- the device --- */

enum
{
  COMMON = 1,
  NOTIFY = 2,
  DEVICE = 4
};
enum
{
  RX,
  TX,
  EVENT,
  N_QUEUES
};

static volatile u8 *part[5]; /* of its registers */
static u32 notify_multiplier;

static void
find_parts (u32 device)
{
  for (u32 at = pci_read8 (device, 0x34); at != 0; at = pci_read8 (device, at + 1))
    {
      u8 type = pci_read8 (device, at + 3);
      u32 bar = pci_read (device, 0x10 + 4u * pci_read8 (device, at + 4)) & ~15u;

      if (pci_read8 (device, at) != 9 || type > DEVICE)
        continue;
      part[type] = (volatile u8 *)(bar + pci_read (device, at + 8));
      if (type == NOTIFY)
        notify_multiplier = pci_read (device, at + 16);
    }
}

#define REG8(offset)  (*(part[COMMON] + (offset)))
#define REG16(offset) (*(volatile u16 *)(part[COMMON] + (offset)))
#define REG32(offset) (*(volatile u32 *)(part[COMMON] + (offset)))
#define STATUS        REG8 (20)

/* --- its queues --- */

#define SIZE   8
#define BUFFER 4096

typedef struct
{
  struct
  {
    u64 address;
    u32 length;
    u16 flags, next;
  } desc[SIZE];
  struct
  {
    u16 flags, index, ring[SIZE], event;
  } avail;
  struct
  {
    u16 flags, index;
    struct
    {
      u32 id, length;
    } ring[SIZE];
    u16 event;
  } used __attribute__ ((aligned (4)));
  u8 buffer[SIZE][BUFFER];
  u16 seen;
  u32 doorbell;
} __attribute__ ((aligned (16))) Queue;

static volatile Queue queues[N_QUEUES];

static void
offer (u32 queue, u16 index, u32 length, u16 flags)
{
  volatile Queue *q = &queues[queue];

  q->desc[index].address = (u32)q->buffer[index];
  q->desc[index].length = length;
  q->desc[index].flags = flags;
  q->avail.ring[q->avail.index % SIZE] = index;
  __asm__ volatile("mfence" ::: "memory");
  q->avail.index++;
  __asm__ volatile("mfence" ::: "memory");
  *(volatile u16 *)(part[NOTIFY] + q->doorbell) = (u16)queue;
}

static void
set_up_queue (u32 queue)
{
  volatile Queue *q = &queues[queue];

  REG16 (22) = (u16)queue;
  REG16 (24) = SIZE;
  REG32 (32) = (u32)q->desc;
  REG32 (36) = 0;
  REG32 (40) = (u32)&q->avail;
  REG32 (44) = 0;
  REG32 (48) = (u32)&q->used;
  REG32 (52) = 0;
  q->doorbell = REG16 (30) * notify_multiplier;
  REG16 (28) = 1;
}

static void
set_up (void)
{
  STATUS = 0;
  STATUS = 1;
  STATUS = 3;
  REG32 (8) = 1; /* the upper half of the features: version 1 */
  REG32 (12) = 1;
  REG32 (8) = 0;
  REG32 (12) = 0;
  STATUS = 11;
  for (u32 queue = 0; queue < N_QUEUES; queue++)
    set_up_queue (queue);
  STATUS = 15;
  for (u16 i = 0; i < SIZE; i++)
    {
      offer (RX, i, BUFFER, 2);
      offer (EVENT, i, BUFFER, 2);
    }
}

/* --- packets --- */

enum
{
  REQUEST = 1,
  RESPONSE,
  RESET,
  SHUTDOWN,
  DATA,
  CREDIT_UPDATE,
  CREDIT_REQUEST
};

typedef struct
{
  u64 from, to;
  u32 from_port, to_port, length;
  u16 type, op;
  u32 flags, room, forwarded;
} __attribute__ ((packed)) Header;

static u32 forwarded;

static void
answer (const volatile Header *heard, u16 op, u32 length)
{
  static u16 next;
  volatile Queue *q = &queues[TX];
  u16 index = next++ % SIZE;
  volatile Header *said = (volatile Header *)q->buffer[index];
  const volatile u8 *data = (const volatile u8 *)(heard + 1);

  said->from = heard->to;
  said->to = heard->from;
  said->from_port = heard->to_port;
  said->to_port = heard->from_port;
  said->length = length;
  said->type = 1;
  said->op = op;
  said->flags = 0;
  said->room = 65536;
  said->forwarded = forwarded;
  for (u32 i = 0; i < length; i++)
    ((volatile u8 *)(said + 1))[i] = data[i] >= 'a' && data[i] <= 'z' ? data[i] - 32 : data[i];
  offer (TX, index, sizeof *said + length, 0);
}

static void
hear (const volatile Header *heard)
{
  switch (heard->op)
    {
    case REQUEST:
      forwarded = 0;
      answer (heard, RESPONSE, 0);
      break;
    case DATA:
      forwarded += heard->length;
      answer (heard, DATA, heard->length);
      break;
    case SHUTDOWN:
      answer (heard, RESET, 0);
      break;
    case CREDIT_REQUEST:
      answer (heard, CREDIT_UPDATE, 0);
      break;
    default:
      break;
    }
}

static void
serve (void)
{
  volatile Queue *q = &queues[RX];

  for (;;)
    {
      u16 index;

      while (q->seen == q->used.index)
        __asm__ volatile("pause" ::: "memory");
      index = (u16)q->used.ring[q->seen++ % SIZE].id;
      hear ((const volatile Header *)q->buffer[index]);
      offer (RX, index, BUFFER, 2);
    }
}

void
run (void)
{
  for (u32 i = 0; i < sizeof queues; i++) /* a reset leaves them */
    ((volatile u8 *)queues)[i] = 0;
  say ('R');
  for (u32 device = 0; device < 32; device++)
    if (pci_read (device, 0) == VSOCK_ID)
      {
        pci_write (device, 4, pci_read (device, 4) | 6); /* memory, and it may write to ours */
        find_parts (device);
        set_up ();
        say ('S');
        serve ();
      }
  for (;;)
    __asm__ volatile("cli; hlt");
}
