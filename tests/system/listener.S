# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest of one sector: it says on its serial port what happens to it, and powers off when it is asked to.
# Two letters each time: its own, and R (runs), P (the power button was pressed) or O (powers off now).
# The words at 0x1f0 and 0x1f2 are its letter and how many ticks (18.2 a second) pass between P and O.
# Source: ACPI, "PM1 Event Grouping" and "PM1 Control Registers"; SeaBIOS has them at 0x600.
        .code16
        .globl _start
_start: xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    $0x7c00, %sp
        movw    $0x602, %dx             # the power button is heard
        movw    $0x100, %ax
        outw    %ax, %dx
        movb    $'R', %bl
        call    say
        movw    $0x600, %dx
1:      sti
        hlt
        inw     %dx, %ax
        testw   $0x100, %ax
        jz      1b
        movb    $'P', %bl
        call    say
        movl    0x46c, %ecx             # the clock of the BIOS
2:      hlt
        movl    0x46c, %eax
        subl    %ecx, %eax
        cmpw    0x7df2, %ax
        jb      2b
        movb    $'O', %bl
        call    say
        movw    $0x604, %dx             # soft-off
        movw    $0x2000, %ax
        outw    %ax, %dx
3:      hlt
        jmp     3b

say:    pushw   %dx
        movw    $0x3f8, %dx
        movb    0x7df0, %al
        outb    %al, %dx
        movb    %bl, %al
        outb    %al, %dx
        popw    %dx
        ret

        .org    0x1f0
letter: .word   'a'
ticks:  .word   0
        .org    0x1fe
        .word   0xaa55
