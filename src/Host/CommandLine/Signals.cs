using System.Runtime.InteropServices;

namespace Nico.Host.CommandLine;

/// <summary>Which signals reach the process.</summary>
internal static class Signals
{
    private const int Interrupt = 2;
    private const nint Default = 0;

    /// <summary>
    /// Has SIGINT end the process wherever it was started. A shell without job control starts what it runs in the background with SIGINT
    /// ignored, and the runtime leaves it at that: whoever sends it to this process by its id means it.
    /// </summary>
    public static void HearInterrupts()
    {
        if (!OperatingSystem.IsWindows())
        {
            signal(Interrupt, Default);
        }
    }

    [DllImport("libc", EntryPoint = "signal")]
    private static extern nint signal(int number, nint handler);
}
