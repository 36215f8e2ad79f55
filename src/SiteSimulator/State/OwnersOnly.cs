namespace Nico.SiteSimulator.State;

/// <summary>Files and folders that no other account can read: what a site was told has tenants' secrets in it.</summary>
internal static class OwnersOnly
{
    private const UnixFileMode Files = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Folders = Files | UnixFileMode.UserExecute;

    /// <summary>Makes the folder; one that others could read, and its files, are closed to them.</summary>
    public static void Folder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        Directory.CreateDirectory(path, Folders);
        File.SetUnixFileMode(path, Folders);
        foreach (var file in Directory.EnumerateFiles(path))
        {
            File.SetUnixFileMode(file, Files);
        }
    }

    /// <summary>Opens a file without a buffer of its own.</summary>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Files;
        }

        return new FileStream(path, options);
    }
}
