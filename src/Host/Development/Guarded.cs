using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Nico.Host.Development;

/// <summary>Files and folders of the data folder: none can be read by another account, and none that another may write is trusted.</summary>
internal static class Guarded
{
    /// <summary>A file of its owner's.</summary>
    public const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Others = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>
    /// A problem when the file or folder is another account's (not this one's, not root's), or another may write it: what it says would be that
    /// account's word.
    /// </summary>
    public static void Require(string path)
    {
        if (Owner(path) is var owner && owner != 0 && owner != geteuid())
        {
            throw new ConfigurationProblem($"{path} belongs to another account ({owner}): make it this one's (chown) once you know what is in it");
        }

        if ((File.GetUnixFileMode(path) & Others) != 0)
        {
            throw new ConfigurationProblem($"{path} can be written by other accounts: take that away (chmod go-w) once you know what is in it");
        }
    }

    /// <summary>Writes a file that only its owner can read, also where there was one before.</summary>
    public static void Write(string path, string text)
    {
        using (var file = new StreamWriter(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnFile }))
        {
            file.Write(text);
        }

        File.SetUnixFileMode(path, OwnFile);
    }

    /// <summary>The number of the account that the file, or what a link leads to, belongs to. .NET does not tell.</summary>
    private static uint Owner(string path)
    {
        // struct statx is the same on every architecture: 256 bytes, the owner at 20.
        const int CurrentFolder = -100;
        const uint WithOwner = 0x8;
        var status = new byte[256];
        return statx(CurrentFolder, path, 0, WithOwner, status) == 0
            ? MemoryMarshal.Read<uint>(status.AsSpan(20))
            : throw new IOException($"{path}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
    }

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static extern int statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] status);

    [DllImport("libc", EntryPoint = "geteuid")]
    private static extern uint geteuid();
}
