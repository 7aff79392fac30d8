/** How QEMU runs the guest's processor: with the hardware's help, or by emulation (TCG). */
export type Accelerator = "kvm" | "hvf" | "tcg";
