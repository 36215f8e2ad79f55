namespace Nico.Host.Development;

/// <summary>Files and folders of the data folder: none can be read by another account, and none that another may write is trusted.</summary>
internal static class Guarded
{
    /// <summary>A file of its owner's.</summary>
    public const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Others = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>A problem when another account may write the file or folder: what it says would be that account's word.</summary>
    public static void Require(string path)
    {
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
}
